import { describe, expect, test } from "vitest";
import { registryPath } from "../../lib/core/registry-value.ts";
import { grantsAccess } from "../../lib/core/sddl.ts";
import { machineKeysDefault, machineKeysFolder, rdpKeyPrefix, rdpServices } from "../../lib/core/windows.ts";
import type { WindowsAdapter } from "../../sandbox/windows/adapter.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { type FaultName, withFaults } from "../../sandbox/windows/faults.ts";
import { healthyWindows } from "../../sandbox/windows/healthy.ts";
import { simulateWindows } from "../../sandbox/windows/simulator.ts";
import { rdpKeyAsMade } from "../fixtures/evidence.ts";

const now = () => new Date("2026-11-21T08:00:00.000Z");
const TimeoutSeconds = 30;

function start(...faults: FaultName[]) {
  const windows = simulateWindows(withFaults(healthyWindows(), faults), { now });
  windows.state.events = [];
  return { windows, adapter: windows.startProcess().adapter };
}

function restartSessionEnv({ adapter }: ReturnType<typeof start>) {
  adapter["Stop-RdpService"]({ Name: "SessionEnv", TimeoutSeconds });
  adapter["Start-RdpService"]({ Name: "SessionEnv", TimeoutSeconds });
  const [certificate, ...more] = adapter["Get-StoreCertificates"]({ Store: "Remote Desktop" });
  return { certificate, more };
}

const keyName = `${rdpKeyPrefix}${healthyWindows().system.machineGuid}`;
const keyPath = `${machineKeysFolder}\\${keyName}`;

describe("SessionEnv at its start", () => {
  test("leaves a certificate alone that serves", () => {
    const { windows, adapter } = start();
    const before = comparableState(windows.state);
    restartSessionEnv({ windows, adapter });
    expect(comparableState(windows.state)).toEqual(before);
  });

  test.each(["certificate-expired", "certificate-missing", "certificate-dangling-pointer"] as const)(
    "makes a key and a certificate, and points to it: %s",
    (fault) => {
      const { windows, adapter } = start(fault);
      const { certificate, more } = restartSessionEnv({ windows, adapter });
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
      expect(adapter["Get-RdpHandshake"]({ Port: 3389 })).toMatchObject({ result: "completed", thumbprint: pointer });
    },
  );

  test.each<[string, FaultName[], number, string]>([
    [
      "a folder that lets nobody add a key",
      ["key-missing", "machine-keys-permissions-broken"],
      1058,
      "Access is denied.",
    ],
    ["the entry of a certificate whose key file is gone", ["key-missing"], 1058, "Object already exists."],
    ["a container without a key", ["key-container-stale"], 1058, "Object already exists."],
    ["a corrupt key", ["key-corrupt"], 1057, "Keyset does not exist"],
    [
      "a damaged folder",
      ["key-missing", "machine-keys-folder-corrupt"],
      1058,
      "The file or directory is corrupted and unreadable.",
    ],
  ])("is stopped by %s, and says so", (_, faults, id, status) => {
    const { windows, adapter } = start("certificate-expired", ...faults);
    const before = comparableState(windows.state);
    restartSessionEnv({ windows, adapter });
    expect(comparableState(windows.state)).toEqual(before);
    expect(windows.state.events).toEqual([
      { provider: "RemoteConnectionManager", id, status, count: 1, last: now().toISOString() },
    ]);
  });

  test("is stopped by a key that SYSTEM may not read", () => {
    const { windows, adapter } = start("certificate-expired");
    adapter["Set-FileSecurity"]({ Path: keyPath, Owner: "S-1-5-20", Sddl: "D:PAI(A;;FA;;;NS)" });
    restartSessionEnv({ windows, adapter });
    expect(windows.state.events).toMatchObject([{ id: 1058, status: "Object already exists." }]);
  });

  test("leaves the choice of an administrator alone", () => {
    const { windows, adapter } = start("certificate-expired", "custom-certificate");
    const before = comparableState(windows.state);
    restartSessionEnv({ windows, adapter });
    expect(comparableState(windows.state)).toEqual(before);
  });
});

describe("services", () => {
  test("stop in the order of what depends on what, and end the sessions", () => {
    const { windows, adapter } = start();
    expect(() => adapter["Stop-RdpService"]({ Name: "TermService", TimeoutSeconds })).toThrow(/UmRdpService/);
    adapter["Stop-RdpService"]({ Name: "UmRdpService", TimeoutSeconds });
    adapter["Stop-RdpService"]({ Name: "TermService", TimeoutSeconds });
    expect(windows.state.sessions).toEqual({ active: 0, disconnected: 0 });
    adapter["Start-RdpService"]({ Name: "UmRdpService", TimeoutSeconds });
    expect(adapter["Get-ServiceFacts"]({ Name: "TermService" })?.state).toBe("Running");
  });

  test.each([
    ["termservice-disabled", /1058/],
    ["termservice-wrong-account", /1079/],
  ] as const)("do not start under %s", (fault, error) => {
    const { adapter } = start(fault);
    expect(() => adapter["Start-RdpService"]({ Name: "TermService", TimeoutSeconds })).toThrow(error);
    expect(adapter["Get-ServiceFacts"]({ Name: "TermService" })?.state).toBe("Stopped");
  });

  test("that hang obey nobody until their process ends", () => {
    const { windows, adapter } = start("termservice-hung");
    expect(() => adapter["Stop-RdpService"]({ Name: "TermService", TimeoutSeconds })).toThrow(/30 s/);
    expect(() => adapter["Start-RdpService"]({ Name: "TermService", TimeoutSeconds })).toThrow(/30 s/);
    expect(adapter["Get-ServiceFacts"]({ Name: "TermService" })?.state).toBe("Start Pending");
    expect(windows.state.events).toMatchObject([{ provider: "ServiceControlManager", id: 7022 }]);
    adapter["Stop-HungService"]({ Name: "TermService" });
    adapter["Start-RdpService"]({ Name: "TermService", TimeoutSeconds });
    expect(adapter["Get-PortOwner"]({ Port: 3389 })).toEqual({ process: "svchost.exe", services: ["TermService"] });
  });

  test("are not ended with others in the same process", () => {
    const state = withFaults(healthyWindows(), ["termservice-hung"]);
    state.services.TermService?.sharesProcessWith.push("Dnscache");
    const { adapter } = simulateWindows(state, { now }).startProcess();
    expect(() => adapter["Stop-HungService"]({ Name: "TermService" })).toThrow(/Dnscache/);
    expect(() => adapter["Stop-HungService"]({ Name: "SessionEnv" })).toThrow(/does not hang/);
  });
});

describe("the cipher policy", () => {
  test.each([
    ["cipher-policy-ecdsa-only", "completed"],
    ["cipher-policy-needs-restart", "failed"],
  ] as const)("%s is read when this Windows reads it", (fault, afterServiceStart) => {
    const { windows, adapter } = start(fault);
    const { key, name } = {
      key: "SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002",
      name: "Functions",
    };
    adapter["Remove-RegistryData"]({ Key: key, Name: name });
    expect(adapter["Get-RdpHandshake"]({ Port: 3389 }).result).toBe("failed");
    for (const Name of ["UmRdpService", "TermService"] as const) adapter["Stop-RdpService"]({ Name, TimeoutSeconds });
    adapter["Start-RdpService"]({ Name: "TermService", TimeoutSeconds });
    expect(adapter["Get-RdpHandshake"]({ Port: 3389 }).result).toBe(afterServiceStart);
    windows.reboot();
    expect(adapter["Get-RdpHandshake"]({ Port: 3389 }).result).toBe("completed");
  });
});

test("a restart of the VM starts what may start, and renews what is to be renewed", () => {
  const { windows, adapter } = start("rdp-services-stopped", "certificate-expired");
  windows.reboot();
  expect(windows.state.system.bootTime).toBe(now().toISOString());
  expect(rdpServices.map((name) => windows.state.services[name]?.state)).toEqual(Array(3).fill("Running"));
  expect(adapter["Get-RdpHandshake"]({ Port: 3389 })).toMatchObject({ notAfter: "2027-05-22T08:00:00.000Z" });

  const disabled = start("termservice-disabled");
  disabled.windows.reboot();
  expect(disabled.windows.state.services.TermService?.state).toBe("Stopped");
});

describe("files", () => {
  test("users can create folders in ProgramData, and none in Windows", () => {
    const { windows } = start();
    const asUser = ["S-1-5-32-545", "S-1-5-11", "S-1-1-0"];
    const addSubfolder = 0x4;
    const mayCreate = (path: string) => grantsAccess(windows.state.files[path]?.sddl ?? "", asUser, addSubfolder);
    expect(mayCreate("C:\\ProgramData")).toBe(true);
    expect(mayCreate("C:\\Windows")).toBe(false);
  });

  const folder = "C:\\Windows\\RdpRemediation\\run";
  const makeFolders = (adapter: WindowsAdapter) => {
    for (const Path of ["C:\\Windows\\RdpRemediation", folder]) {
      adapter["New-SecuredFolder"]({ Path, Owner: "S-1-5-18", Sddl: "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)" });
    }
  };

  test("move with their owner and permissions, and never onto another", () => {
    const { windows, adapter } = start();
    makeFolders(adapter);
    const before = windows.state.files[keyPath];
    adapter["Rename-FileItem"]({ Path: keyPath, NewPath: `${folder}\\key` });
    expect(windows.state.files[`${folder}\\key`]).toEqual(before);
    expect(adapter["Get-FileFacts"]({ Path: keyPath })).toBeNull();
    expect(() => adapter["Rename-FileItem"]({ Path: folder, NewPath: machineKeysFolder })).toThrow(/already exists/);
    expect(() => adapter["Rename-FileItem"]({ Path: keyPath, NewPath: `${folder}\\other` })).toThrow(/Could not find/);
  });

  test("take all that is in a folder along", () => {
    const { windows, adapter } = start();
    makeFolders(adapter);
    const names = adapter["Get-FolderFiles"]({ Path: machineKeysFolder });
    adapter["Rename-FileItem"]({ Path: machineKeysFolder, NewPath: `${folder}\\MachineKeys` });
    expect(adapter["Get-FolderFiles"]({ Path: `${folder}\\MachineKeys` })).toEqual(names);
    expect(Object.keys(windows.state.files).some((path) => path.startsWith(machineKeysFolder))).toBe(false);
  });

  test("are not added to a folder that does not allow it, nor to a damaged one", () => {
    const denied = start("machine-keys-permissions-broken");
    makeFolders(denied.adapter);
    const copy = { Path: keyPath, Destination: `${machineKeysFolder}\\copy` };
    expect(() => denied.adapter["Copy-SecuredFile"](copy)).toThrow("Access is denied.");
    denied.adapter["Set-FileSecurity"]({ Path: machineKeysFolder, Owner: "S-1-5-18", Sddl: machineKeysDefault.sddl });
    denied.adapter["Copy-SecuredFile"](copy);
    expect(denied.adapter["Get-FileSha256"]({ Path: copy.Destination })).toBe(
      denied.adapter["Get-FileSha256"]({ Path: keyPath }),
    );

    const damaged = start("machine-keys-folder-corrupt");
    makeFolders(damaged.adapter);
    expect(() => damaged.adapter["Copy-SecuredFile"](copy)).toThrow(/corrupted/);
    expect(() => damaged.adapter["Rename-FileItem"]({ Path: keyPath, NewPath: `${folder}\\key` })).toThrow(/corrupted/);
  });

  test("that SYSTEM may not read are named, and nothing more", () => {
    const { adapter } = start();
    adapter["Set-FileSecurity"]({ Path: keyPath, Owner: "S-1-5-20", Sddl: "D:PAI(A;;FA;;;NS)" });
    const found = adapter["Get-FolderFiles"]({ Path: machineKeysFolder }).find((file) => file.name === keyName);
    expect(found).toEqual({ name: keyName, bytes: 2267, readable: false });
    expect(() => adapter["Get-FileSha256"]({ Path: keyPath })).toThrow("Access is denied.");
  });

  test("of the journal are made once, and grow line by line", () => {
    const { windows, adapter } = start();
    makeFolders(adapter);
    expect(() => makeFolders(adapter)).toThrow(/already exists/);
    expect(adapter["New-MarkerFile"]({ Path: `${folder}\\once` })).toBe(true);
    expect(adapter["New-MarkerFile"]({ Path: `${folder}\\once` })).toBe(false);
    expect(adapter["Get-JournalLines"]({ Path: `${folder}\\journal` })).toEqual([]);
    adapter["Add-JournalLine"]({ Path: `${folder}\\journal`, Line: "one" });
    adapter["Add-JournalLine"]({ Path: `${folder}\\journal`, Line: "two" });
    expect(adapter["Get-JournalLines"]({ Path: `${folder}\\journal` })).toEqual(["one", "two"]);
    expect(comparableState(windows.state)).toEqual(comparableState(start().windows.state));
  });
});

describe("the firewall", () => {
  test("obeys, but not about what group policy manages", () => {
    const { windows, adapter } = start("firewall-group-disabled", "firewall-blocks-all");
    adapter["Set-FirewallRuleEnabled"]({ Name: "RemoteDesktop-UserMode-In-TCP", Enabled: true });
    adapter["Set-FirewallBlockAll"]({ Profile: "Public", BlockAll: false });
    const { rules, profiles } = adapter["Get-FirewallFacts"]({ Port: 3389 });
    expect(rules.map((rule) => rule.enabled)).toEqual([true, false]);
    expect(profiles.some((profile) => profile.blockAll)).toBe(false);
    for (const rule of windows.state.firewall.rules) rule.managedBy = "policy";
    const on = { Name: "RemoteDesktop-Shadow-In-TCP", Enabled: true };
    expect(() => adapter["Set-FirewallRuleEnabled"](on)).toThrow(/Group policy/);
  });
});

describe("Windows itself", () => {
  test("drops connections where two WinStations have the port, and not where one is the stack of Azure Virtual Desktop", () => {
    const beside = (name: string) => {
      const { windows, adapter } = start();
      const key = `HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\${name}`;
      windows.state.registry[`${key}\\PortNumber`] = { type: "dword", data: 3389 };
      return adapter["Get-RdpHandshake"]({ Port: 3389 }).result;
    };
    expect([beside("ICA-Tcp"), beside("rdp-sxs240705700")]).toEqual(["failed", "completed"]);
  });

  test("ends a service that cannot run whenever it is started, and says with which code", () => {
    const { windows, adapter } = start("rdp-services-stopped");
    Object.assign(windows.state.services.TermService ?? {}, { endsAtStartWith: 1297 });
    expect(() => adapter["Start-RdpService"]({ Name: "TermService", TimeoutSeconds })).toThrow("it ended with 1297");
    expect(windows.state.services.TermService).toMatchObject({ state: "Stopped", exitCode: 1297 });
  });

  test("knows the variables of a library's path in any case", () => {
    const { windows, adapter } = start();
    const value = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\\ServiceDll";
    windows.state.registry[value] = { type: "expand-string", data: "%WinDir%\\System32\\termsrv.dll" };
    expect(adapter["Get-SupportingServices"]()).toEqual({});
  });
});

describe("a process in Windows", () => {
  test("is held to the names and parameters of the adapter", () => {
    const process = start().windows.startProcess();
    expect(() => process.call("Get-Everything", {})).toThrow(/no function/);
    expect(() => process.call("Get-FileFacts", {})).toThrow("Get-FileFacts takes Path, not nothing.");
    expect(() => process.call("Get-UtcNow", { Path: "C:\\" })).toThrow("Get-UtcNow takes nothing, not Path.");
  });

  test("gets copies of what it asks for", () => {
    const { windows, adapter } = start();
    adapter["Get-WindowsSystem"]().computerName = "ELSE";
    expect(windows.state.system.computerName).toBe("VM-APP-01");
  });

  test("fails where it is told to, once, and before anything has changed", () => {
    const { windows, adapter } = start();
    windows.failOn("Stop-RdpService", 2);
    adapter["Stop-RdpService"]({ Name: "UmRdpService", TimeoutSeconds });
    expect(() => adapter["Stop-RdpService"]({ Name: "TermService", TimeoutSeconds })).toThrow(/told to/);
    expect(windows.state.services.TermService?.state).toBe("Running");
    adapter["Stop-RdpService"]({ Name: "TermService", TimeoutSeconds });
  });

  test("holds its lock until it ends, and waits in its own time", () => {
    const { windows } = start();
    const [one, other] = [windows.startProcess(), windows.startProcess()];
    expect(one.adapter["Lock-JournalFolder"]({ Path: "C:\\lock" })).toBe(true);
    expect(one.adapter["Lock-JournalFolder"]({ Path: "C:\\lock" })).toBe(true);
    expect(other.adapter["Lock-JournalFolder"]({ Path: "C:\\lock" })).toBe(false);
    one.end();
    expect(other.adapter["Lock-JournalFolder"]({ Path: "C:\\lock" })).toBe(true);
    other.adapter["Wait-Seconds"]({ Seconds: 90 });
    expect(other.adapter["Get-UtcNow"]()).toBe("2026-11-21T08:01:30.000Z");
    expect(one.adapter["Get-UtcNow"]()).toBe("2026-11-21T08:00:00.000Z");
  });
});
