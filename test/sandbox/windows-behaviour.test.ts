import { describe, expect, test } from "vitest";
import { registryPath } from "../../lib/core/registry-value.ts";
import { machineKeysDefault, machineKeysFolder, rdpKeyPrefix, rdpServices } from "../../lib/core/windows.ts";
import { comparable } from "../../sandbox/windows/comparable.ts";
import { type FaultName, withFaults } from "../../sandbox/windows/faults.ts";
import { healthyWindows } from "../../sandbox/windows/healthy.ts";
import { simulateWindows } from "../../sandbox/windows/simulator.ts";
import { rdpKeyAsMade } from "../fixtures/evidence.ts";

const now = () => new Date("2026-11-21T08:00:00.000Z");
const TimeoutSeconds = 30;

function start(...faults: FaultName[]) {
  const windows = simulateWindows(withFaults(healthyWindows(), faults), { now });
  windows.state.events = [];
  return { windows, seam: windows.startProcess().seam };
}

function restartSessionEnv({ seam }: ReturnType<typeof start>) {
  seam["Stop-RdpService"]({ Name: "SessionEnv", TimeoutSeconds });
  seam["Start-RdpService"]({ Name: "SessionEnv", TimeoutSeconds });
  const [certificate, ...more] = seam["Get-StoreCertificates"]({ Store: "Remote Desktop" });
  return { certificate, more };
}

const keyName = `${rdpKeyPrefix}${healthyWindows().system.machineGuid}`;
const keyPath = `${machineKeysFolder}\\${keyName}`;

describe("SessionEnv at its start", () => {
  test("leaves a certificate alone that serves", () => {
    const { windows, seam } = start();
    const before = comparable(windows.state);
    restartSessionEnv({ windows, seam });
    expect(comparable(windows.state)).toEqual(before);
  });

  test.each(["certificate-expired", "certificate-missing", "certificate-dangling-pointer", "key-missing"] as const)(
    "makes a key and a certificate, and points to it: %s",
    (fault) => {
      const { windows, seam } = start(fault);
      const { certificate, more } = restartSessionEnv({ windows, seam });
      const all = [certificate, ...more];
      const pointer = windows.state.registry[registryPath("winstations/SelfSignedCertificate")]?.data;
      const made = all.find((one) => one?.thumbprint === pointer);
      expect(made).toMatchObject({
        subject: "CN=VM-APP-01",
        selfSigned: true,
        notBefore: now().toISOString(),
        notAfter: "2027-05-22T08:00:00.000Z",
        key: { container: "TSSecKeySet1", file: keyName, usable: true, error: null, code: null },
      });
      expect(windows.state.files[keyPath]).toMatchObject(rdpKeyAsMade);
      expect(windows.state.events).toEqual([]);
      expect(seam["Get-RdpHandshake"]({ Port: 3389 })).toMatchObject({ result: "completed", thumbprint: pointer });
    },
  );

  test.each<[string, FaultName[], number, string]>([
    [
      "a folder that lets nobody add a key",
      ["key-missing", "machine-keys-permissions-broken"],
      1058,
      "Access is denied.",
    ],
    ["a container without a key", ["key-container-stale"], 1058, "Object already exists."],
    ["a corrupt key", ["key-corrupt"], 1057, "Keyset does not exist"],
    [
      "a damaged folder",
      ["key-missing", "machine-keys-folder-corrupt"],
      1058,
      "The file or directory is corrupted and unreadable.",
    ],
  ])("is stopped by %s, and says so", (_, faults, id, status) => {
    const { windows, seam } = start("certificate-expired", ...faults);
    const before = comparable(windows.state);
    restartSessionEnv({ windows, seam });
    expect(comparable(windows.state)).toEqual(before);
    expect(windows.state.events).toEqual([
      { provider: "RemoteConnectionManager", id, status, count: 1, last: now().toISOString() },
    ]);
  });

  test("is stopped by a key that SYSTEM may not read", () => {
    const { windows, seam } = start("certificate-expired");
    seam["Set-FileSecurity"]({ Path: keyPath, Owner: "S-1-5-20", Sddl: "D:PAI(A;;FA;;;NS)" });
    restartSessionEnv({ windows, seam });
    expect(windows.state.events).toMatchObject([{ id: 1058, status: "Object already exists." }]);
  });

  test("leaves the choice of an administrator alone", () => {
    const { windows, seam } = start("certificate-expired", "custom-certificate");
    const before = comparable(windows.state);
    restartSessionEnv({ windows, seam });
    expect(comparable(windows.state)).toEqual(before);
  });
});

describe("services", () => {
  test("stop in the order of what depends on what, and end the sessions", () => {
    const { windows, seam } = start();
    expect(() => seam["Stop-RdpService"]({ Name: "TermService", TimeoutSeconds })).toThrow(/UmRdpService/);
    seam["Stop-RdpService"]({ Name: "UmRdpService", TimeoutSeconds });
    seam["Stop-RdpService"]({ Name: "TermService", TimeoutSeconds });
    expect(windows.state.sessions).toEqual({ active: 0, disconnected: 0 });
    seam["Start-RdpService"]({ Name: "UmRdpService", TimeoutSeconds });
    expect(seam["Get-ServiceFacts"]({ Name: "TermService" })?.state).toBe("Running");
  });

  test.each([
    ["termservice-disabled", /1058/],
    ["termservice-wrong-account", /1079/],
  ] as const)("do not start under %s", (fault, error) => {
    const { seam } = start(fault);
    expect(() => seam["Start-RdpService"]({ Name: "TermService", TimeoutSeconds })).toThrow(error);
    expect(seam["Get-ServiceFacts"]({ Name: "TermService" })?.state).toBe("Stopped");
  });

  test("that hang obey nobody until their process ends", () => {
    const { windows, seam } = start("termservice-hung");
    expect(() => seam["Stop-RdpService"]({ Name: "TermService", TimeoutSeconds })).toThrow(/30 s/);
    expect(() => seam["Start-RdpService"]({ Name: "TermService", TimeoutSeconds })).toThrow(/30 s/);
    expect(seam["Get-ServiceFacts"]({ Name: "TermService" })?.state).toBe("Start Pending");
    expect(windows.state.events).toMatchObject([{ provider: "ServiceControlManager", id: 7022 }]);
    seam["Stop-HungService"]({ Name: "TermService" });
    seam["Start-RdpService"]({ Name: "TermService", TimeoutSeconds });
    expect(seam["Get-PortOwner"]({ Port: 3389 })).toEqual({ process: "svchost.exe", services: ["TermService"] });
  });

  test("are not ended with others in the same process", () => {
    const state = withFaults(healthyWindows(), ["termservice-hung"]);
    state.services.TermService?.sharesProcessWith.push("Dnscache");
    const { seam } = simulateWindows(state, { now }).startProcess();
    expect(() => seam["Stop-HungService"]({ Name: "TermService" })).toThrow(/Dnscache/);
    expect(() => seam["Stop-HungService"]({ Name: "SessionEnv" })).toThrow(/does not hang/);
  });
});

describe("the cipher policy", () => {
  test.each([
    ["cipher-policy-ecdsa-only", "completed"],
    ["cipher-policy-needs-restart", "failed"],
  ] as const)("%s is read when this Windows reads it", (fault, afterServiceStart) => {
    const { windows, seam } = start(fault);
    const { key, name } = {
      key: "SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002",
      name: "Functions",
    };
    seam["Remove-RegistryData"]({ Key: key, Name: name });
    expect(seam["Get-RdpHandshake"]({ Port: 3389 }).result).toBe("failed");
    for (const Name of ["UmRdpService", "TermService"] as const) seam["Stop-RdpService"]({ Name, TimeoutSeconds });
    seam["Start-RdpService"]({ Name: "TermService", TimeoutSeconds });
    expect(seam["Get-RdpHandshake"]({ Port: 3389 }).result).toBe(afterServiceStart);
    windows.reboot();
    expect(seam["Get-RdpHandshake"]({ Port: 3389 }).result).toBe("completed");
  });
});

test("a restart of the VM starts what may start, and renews what is to be renewed", () => {
  const { windows, seam } = start("rdp-services-stopped", "certificate-expired");
  windows.reboot();
  expect(windows.state.system.bootTime).toBe(now().toISOString());
  expect(rdpServices.map((name) => windows.state.services[name]?.state)).toEqual(Array(3).fill("Running"));
  expect(seam["Get-RdpHandshake"]({ Port: 3389 })).toMatchObject({ notAfter: "2027-05-22T08:00:00.000Z" });

  const disabled = start("termservice-disabled");
  disabled.windows.reboot();
  expect(disabled.windows.state.services.TermService?.state).toBe("Stopped");
});

describe("files", () => {
  const folder = "C:\\ProgramData\\RdpRemediation\\run";

  test("move with their owner and permissions, and never onto another", () => {
    const { windows, seam } = start();
    seam["New-PrivateFolder"]({ Path: folder });
    const before = windows.state.files[keyPath];
    seam["Rename-FileItem"]({ Path: keyPath, NewPath: `${folder}\\key` });
    expect(windows.state.files[`${folder}\\key`]).toEqual(before);
    expect(seam["Get-FileFacts"]({ Path: keyPath })).toBeNull();
    expect(() => seam["Rename-FileItem"]({ Path: folder, NewPath: machineKeysFolder })).toThrow(/already exists/);
    expect(() => seam["Rename-FileItem"]({ Path: keyPath, NewPath: `${folder}\\other` })).toThrow(/Could not find/);
  });

  test("take all that is in a folder along", () => {
    const { windows, seam } = start();
    seam["New-PrivateFolder"]({ Path: folder });
    const names = seam["Get-FolderFiles"]({ Path: machineKeysFolder });
    seam["Rename-FileItem"]({ Path: machineKeysFolder, NewPath: `${folder}\\MachineKeys` });
    expect(seam["Get-FolderFiles"]({ Path: `${folder}\\MachineKeys` })).toEqual(names);
    expect(Object.keys(windows.state.files).some((path) => path.startsWith(machineKeysFolder))).toBe(false);
  });

  test("are not added to a folder that does not allow it, nor to a damaged one", () => {
    const denied = start("machine-keys-permissions-broken");
    denied.seam["New-PrivateFolder"]({ Path: folder });
    const copy = { Path: keyPath, Destination: `${machineKeysFolder}\\copy` };
    expect(() => denied.seam["Copy-SecuredFile"](copy)).toThrow("Access is denied.");
    denied.seam["Set-FileSecurity"]({ Path: machineKeysFolder, Owner: "S-1-5-18", Sddl: machineKeysDefault.sddl });
    denied.seam["Copy-SecuredFile"](copy);
    expect(denied.seam["Get-FileSha256"]({ Path: copy.Destination })).toBe(
      denied.seam["Get-FileSha256"]({ Path: keyPath }),
    );

    const damaged = start("machine-keys-folder-corrupt");
    damaged.seam["New-PrivateFolder"]({ Path: folder });
    expect(() => damaged.seam["Copy-SecuredFile"](copy)).toThrow(/corrupted/);
    expect(() => damaged.seam["Rename-FileItem"]({ Path: keyPath, NewPath: `${folder}\\key` })).toThrow(/corrupted/);
  });

  test("that SYSTEM may not read are named, and nothing more", () => {
    const { seam } = start();
    seam["Set-FileSecurity"]({ Path: keyPath, Owner: "S-1-5-20", Sddl: "D:PAI(A;;FA;;;NS)" });
    const found = seam["Get-FolderFiles"]({ Path: machineKeysFolder }).find((file) => file.name === keyName);
    expect(found).toEqual({ name: keyName, bytes: 2267, readable: false });
    expect(() => seam["Get-FileSha256"]({ Path: keyPath })).toThrow("Access is denied.");
  });

  test("of the journal are made once, and grow line by line", () => {
    const { windows, seam } = start();
    seam["New-PrivateFolder"]({ Path: folder });
    seam["New-PrivateFolder"]({ Path: folder });
    expect(seam["New-MarkerFile"]({ Path: `${folder}\\once` })).toBe(true);
    expect(seam["New-MarkerFile"]({ Path: `${folder}\\once` })).toBe(false);
    expect(seam["Get-JournalLines"]({ Path: `${folder}\\journal` })).toEqual([]);
    seam["Add-JournalLine"]({ Path: `${folder}\\journal`, Line: "one" });
    seam["Add-JournalLine"]({ Path: `${folder}\\journal`, Line: "two" });
    expect(seam["Get-JournalLines"]({ Path: `${folder}\\journal` })).toEqual(["one", "two"]);
    expect(comparable(windows.state)).toEqual(comparable(start().windows.state));
  });
});

describe("the firewall", () => {
  test("obeys, but not about what group policy manages", () => {
    const { windows, seam } = start("firewall-group-disabled", "firewall-blocks-all");
    seam["Set-FirewallRuleEnabled"]({ Name: "RemoteDesktop-UserMode-In-TCP", Enabled: true });
    seam["Set-FirewallBlockAll"]({ Profile: "Public", BlockAll: false });
    const { rules, profiles } = seam["Get-FirewallFacts"]({ Port: 3389 });
    expect(rules.map((rule) => rule.enabled)).toEqual([true, false]);
    expect(profiles.some((profile) => profile.blockAll)).toBe(false);
    for (const rule of windows.state.firewall.rules) rule.managedBy = "policy";
    const on = { Name: "RemoteDesktop-Shadow-In-TCP", Enabled: true };
    expect(() => seam["Set-FirewallRuleEnabled"](on)).toThrow(/Group policy/);
  });
});

describe("a process in Windows", () => {
  test("is held to the names and parameters of the seam", () => {
    const process = start().windows.startProcess();
    expect(() => process.call("Get-Everything", {})).toThrow(/no function/);
    expect(() => process.call("Get-FileFacts", {})).toThrow("Get-FileFacts takes Path, not nothing.");
    expect(() => process.call("Get-UtcNow", { Path: "C:\\" })).toThrow("Get-UtcNow takes nothing, not Path.");
  });

  test("gets copies of what it asks for", () => {
    const { windows, seam } = start();
    seam["Get-WindowsSystem"]().computerName = "ELSE";
    expect(windows.state.system.computerName).toBe("VM-APP-01");
  });

  test("fails where it is told to, once, and before anything has changed", () => {
    const { windows, seam } = start();
    windows.failOn("Stop-RdpService", 2);
    seam["Stop-RdpService"]({ Name: "UmRdpService", TimeoutSeconds });
    expect(() => seam["Stop-RdpService"]({ Name: "TermService", TimeoutSeconds })).toThrow(/told to/);
    expect(windows.state.services.TermService?.state).toBe("Running");
    seam["Stop-RdpService"]({ Name: "TermService", TimeoutSeconds });
  });

  test("holds its lock until it ends, and waits in its own time", () => {
    const { windows } = start();
    const [one, other] = [windows.startProcess(), windows.startProcess()];
    expect(one.seam["Lock-JournalFolder"]({ Path: "C:\\lock" })).toBe(true);
    expect(one.seam["Lock-JournalFolder"]({ Path: "C:\\lock" })).toBe(true);
    expect(other.seam["Lock-JournalFolder"]({ Path: "C:\\lock" })).toBe(false);
    one.end();
    expect(other.seam["Lock-JournalFolder"]({ Path: "C:\\lock" })).toBe(true);
    other.seam["Wait-Seconds"]({ Seconds: 90 });
    expect(other.seam["Get-UtcNow"]()).toBe("2026-11-21T08:01:30.000Z");
    expect(one.seam["Get-UtcNow"]()).toBe("2026-11-21T08:00:00.000Z");
  });
});
