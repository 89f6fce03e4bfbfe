import { describe, expect, test } from "vitest";
import { windowsFirewallAllowsRdp } from "../../lib/checks/windows-firewall-allows-rdp.ts";
import { Change, changeOrder } from "../../lib/core/change.ts";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import { declaredValues, type RegistryValueId, registryPath, registryValueIds } from "../../lib/core/registry-value.ts";
import { isRefusal } from "../../lib/core/remediation.ts";
import { permitsRisk } from "../../lib/core/risk.ts";
import { RunOptions } from "../../lib/core/run.ts";
import { machineKeysFolder, rdpKeyPrefix } from "../../lib/core/windows.ts";
import { composeScript, scriptNames } from "../../lib/guest/compose.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import { planRepair } from "../../lib/runs/planning/planner.ts";
import { collect } from "../../sandbox/guest/collect.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { adapterFunctions } from "../../sandbox/windows/adapter-functions.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { type FaultName, faultNames, withFaults } from "../../sandbox/windows/faults.ts";
import { healthyWindows } from "../../sandbox/windows/healthy.ts";
import { simulateWindows, type WindowsSimulator } from "../../sandbox/windows/simulator.ts";
import type { WindowsState } from "../../sandbox/windows/state.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";
import { evidenceOf, findingsOf } from "./remedied.ts";
import { emptyRequest } from "./requests.ts";
import {
  ask,
  changes,
  grantAccess,
  look,
  readable,
  removeCertificates,
  renameFolder,
  restart,
  rigTime,
  runId,
  set,
  windowsWith,
} from "./scenarios-rig.ts";

/*
 * Guides, forum answers and tools that repair Remote Desktop have traps. Each test quotes one and shows what this product
 * does instead.
 */

function windowsAfter(edit: (state: WindowsState) => void, ...faults: FaultName[]): WindowsSimulator {
  const state = withFaults(healthyWindows(), faults);
  edit(state);
  return simulateWindows(state, { now: () => rigTime });
}

/** What a repair would do by itself. */
async function planOf(windows: WindowsSimulator) {
  const evidence = evidenceOf(collect(windows.startProcess().adapter));
  const plan = planRepair(evidence, findingsOf(evidence), { force: false });
  if (!plan.ok) throw new Error(plan.problem.message);
  return plan.value;
}

async function apply(windows: WindowsSimulator, list: readonly Change[]) {
  const request = { runId: runId(1), step: "apply-1", changes: [...list] };
  return (await ask(modelledGuest, windows, "apply", request)).reply;
}

/** Plans and applies as a run would. */
async function repair(windows: WindowsSimulator) {
  const { changes: list } = await planOf(windows);
  expect(list.length).toBeGreaterThan(0);
  return apply(windows, list);
}

async function undo(windows: WindowsSimulator) {
  const request = { runId: runId(2), step: "undo-1", undoes: runId(1) };
  return (await ask(modelledGuest, windows, "undo", request)).reply;
}

function verdictOf(check: string, windows: WindowsSimulator) {
  return look(modelledGuest, windows).then((guest) => findingsOf(evidenceOf(guest)).find((one) => one.check === check));
}

/** The guest's own word on a change that nobody should have sent. */
async function refusalOf(change: Change, ...faults: FaultName[]): Promise<string> {
  const windows = windowsWith(...faults);
  const before = comparableState(windows.state);
  const reply = await apply(windows, [change]);
  expect(reply).toMatchObject({ status: "refused", receipts: [] });
  expect(comparableState(windows.state)).toEqual(before);
  return reply.reason ?? "";
}

const dword = (data: number) => ({ type: "dword", data }) as const;
/** All that the guest would ever run. */
const scripts = scriptNames.map((name) => composeScript(name, emptyRequest)).join("\n");

function inScripts(words: RegExp): string[] {
  return scripts.match(new RegExp(words, `${words.flags}g`)) ?? [];
}

describe("the findings that shape the design", () => {
  test('"0x904 does not mean certificate": the evidence decides, and not the number that the client shows', async () => {
    const cures: [FaultName, string][] = [
      ["rdp-services-stopped", "restart-rdp-services"],
      ["tls12-disabled", "enable-tls12"],
      ["cipher-policy-ecdsa-only", "reset-cipher-policy"],
      ["key-permissions-denied", "repair-key-permissions"],
      ["certificate-expired", "renew-rdp-certificate"],
    ];
    for (const [fault, cure] of cures) {
      expect((await planOf(windowsWith(fault))).remediations.map(({ id }) => id)).toEqual([cure]);
    }
    expect((await planOf(windowsWith())).changes).toEqual([]);
  });

  test('"Microsoft publishes no procedure that renames the whole MachineKeys folder": no repair chooses it by itself', async () => {
    for (const fault of faultNames) {
      const plan = await planOf(windowsWith(fault));
      expect(
        plan.changes.map(({ kind }) => kind),
        fault,
      ).not.toContain("rename-machine-keys-folder");
    }
    const { maximumRisk } = RunOptions.parse({});
    expect(permitsRisk(maximumRisk, "replaces-keys")).toBe(false);
  });

  test('"renaming the folder helps, but every other key in it then goes missing": each is carried over, byte for byte', async () => {
    const windows = windowsWith("machine-keys-folder-corrupt");
    const keysOf = ({ files }: WindowsState) =>
      Object.entries(files).filter(
        ([path]) => path.startsWith(`${machineKeysFolder}\\`) && !path.includes(rdpKeyPrefix),
      );
    const before = structuredClone(keysOf(windows.state));
    const list = changes(renameFolder(), removeCertificates, restart)(await look(modelledGuest, windows));
    expect((await apply(windows, list)).status).toBe("done");
    expect(Object.fromEntries(keysOf(windows.state))).toEqual(Object.fromEntries(before));
    expect(before.length).toBeGreaterThan(4);
  });

  test('"renaming the folder can cut the Azure agent off": its key opens afterwards, or the folder comes back', async () => {
    const windows = windowsWith("machine-keys-folder-corrupt");
    const list = changes(renameFolder(), removeCertificates, restart)(await look(modelledGuest, windows));
    const broken = comparableState(windows.state);
    windows.onCall = (name) => {
      if (name !== "Start-RdpService") return;
      windows.onCall = () => {};
      for (const [path, file] of Object.entries(windows.state.files)) {
        if (path.startsWith(`${machineKeysFolder}\\b33aed8f`)) file.sddl = "D:PAI(D;;FA;;;SY)";
      }
    };
    const reply = await apply(windows, list);
    expect(reply).toMatchObject({ status: "rolled-back", reason: expect.stringContaining("TenantEncryptionCert") });
    expect(comparableState(windows.state)).toEqual(broken);
    expect(readable(reply.evidence).agent.certificates).toEqual([expect.objectContaining({ usable: true })]);
  });

  test('"ResetRDPCert drops the custom-thumbprint pointer, sets SecurityLayer=0 and MinEncryptionLevel=1": a renewal leaves all three', async () => {
    const kept: RegistryValueId[] = [
      "rdp-tcp/SSLCertificateSHA1Hash",
      "rdp-tcp/SecurityLayer",
      "rdp-tcp/MinEncryptionLevel",
      "rdp-tcp/UserAuthentication",
    ];
    for (const fault of ["certificate-expired", "key-corrupt", "certificate-missing"] as const) {
      const windows = windowsWith(fault);
      const before = kept.map((id) => windows.state.registry[registryPath(id)]);
      expect((await repair(windows)).status).toBe("done");
      expect(
        kept.map((id) => windows.state.registry[registryPath(id)]),
        fault,
      ).toEqual(before);
    }
    expect((await planOf(windowsWith("custom-certificate-expired"))).changes).toEqual([]);
    // And what that command leaves behind is told: clients connect, and somebody may want it so.
    const left = windowsWith("security-layer-weak");
    expect((await planOf(left)).changes).toEqual([]);
    expect((await verdictOf("security-layer-is-consistent", left))?.verdict).toBe("noted");
  });
});

describe("certificates", () => {
  test('"zero certs => target is the store itself": without a certificate there is nothing to remove, and the store stays', async () => {
    const windows = windowsWith("certificate-missing");
    const plan = await planOf(windows);
    expect(plan.changes.map(({ kind }) => kind)).not.toContain("remove-rdp-certificate");
    for (const thumbprint of ["", "*", "\\", "Remote Desktop"]) {
      const nothing: Change = {
        kind: "remove-rdp-certificate",
        thumbprint,
        was: { notAfter: "2027-01-01T00:00:00.000Z" },
      };
      const store = windowsWith();
      const before = comparableState(store.state);
      expect(["refused", "done"]).toContain((await apply(store, [nothing])).status);
      expect(comparableState(store.state)).toEqual(before);
    }
    expect(inScripts(/Cert:/i)).toEqual([]);
  });

  test('"two certs => broken path": each is removed by its own thumbprint', async () => {
    const second = "C".repeat(40);
    const windows = windowsAfter((state) => {
      const [own] = Object.values(state.certificates["Remote Desktop"]);
      if (own) state.certificates["Remote Desktop"][second] = structuredClone(own);
    }, "certificate-expired");
    const list = (await planOf(windows)).changes.filter(({ kind }) => kind === "remove-rdp-certificate");
    expect(list).toHaveLength(2);
    expect((await repair(windows)).status).toBe("done");
    const left = Object.entries(windows.state.certificates["Remote Desktop"]);
    expect(left).toHaveLength(1);
    expect(Date.parse(left[0]?.[1].notAfter ?? "")).toBeGreaterThan(rigTime.getTime());
  });

  test('"the expiry fix compares a byte array with a string and stores a thumbprint as text": a pointer is bytes, and comes back as bytes', async () => {
    const pointer = registryPath("winstations/SelfSignedCertificate");
    const windows = windowsWith("certificate-expired");
    const before = structuredClone(windows.state.registry[pointer]);
    expect(before?.type).toBe("binary");
    expect((await repair(windows)).status).toBe("done");
    expect(windows.state.registry[pointer]).toMatchObject({ type: "binary" });
    await undo(windows);
    expect(windows.state.registry[pointer]).toEqual(before);

    // A thumbprint that a tool has left as text leads nowhere, and is not taken for one.
    const text = windowsAfter((state) => {
      state.registry[pointer] = { type: "string", data: String(state.registry[pointer]?.data) };
    });
    expect((await look(modelledGuest, text)).certificate.inUse).toBeNull();
  });
});

describe("keys and permissions", () => {
  test('"file name empty => icacls runs on the whole folder": without a name there is no path, and nothing is done', async () => {
    const windows = windowsWith("key-permissions-denied");
    const list = changes(grantAccess("rdp-key"))(await look(modelledGuest, windows));
    windows.state.system.machineGuid = "";
    const before = comparableState(windows.state);
    expect(await apply(windows, list)).toMatchObject({ status: "refused", receipts: [] });
    expect(comparableState(windows.state)).toEqual(before);
  });

  test('"/t /grant NETWORK SERVICE:(R) gives every NETWORK SERVICE process every machine private key": it reads the RDP key alone', async () => {
    const windows = windowsWith("machine-keys-permissions-broken", "key-permissions-denied");
    const others = () =>
      Object.entries(windows.state.files).filter(
        ([path]) => path.startsWith(`${machineKeysFolder}\\`) && !path.includes(rdpKeyPrefix),
      );
    const before = structuredClone(others());
    expect((await repair(windows)).status).toBe("done");
    expect(others()).toEqual(before);
    expect(windows.state.files[machineKeysFolder]?.sddl).not.toMatch(/;NS\)|S-1-5-20/);
  });

  test('"takeown /r changes owners; icacls /save stores DACLs only => owner never restored": no repair changes an owner', async () => {
    const windows = windowsWith("machine-keys-permissions-broken", "certificate-expired");
    const owners = () =>
      Object.entries(windows.state.files)
        .map(([path, file]) => [path, file.owner])
        .sort();
    const before = owners();
    const isOurs = ([path]: (string | undefined)[]) => path?.includes("RdpRemediation");
    expect((await repair(windows)).status).toBe("done");
    expect(owners().filter((one) => !isOurs(one))).toEqual(before);
    expect((await undo(windows)).status).toBe("done");
    expect(owners().filter((one) => !isOurs(one))).toEqual(before);
    expect(inScripts(/takeown|icacls/i)).toEqual([]);
  });

  test('"its before text file is not restorable": what was is in the journal before the change, and an undo reads it from there', async () => {
    const windows = windowsWith("key-permissions-denied");
    const before = comparableState(windows.state);
    let journaled = "";
    windows.onCall = (name) => {
      if (name !== "Set-FileSecurity" || journaled) return;
      journaled = Object.values(windows.state.files)
        .map(({ content }) => content)
        .join();
    };
    expect((await repair(windows)).status).toBe("done");
    expect(journaled).toContain("D:PAI(A;;FA;;;SY)(A;;FA;;;S-1-5-80-");
    windows.onCall = () => {};
    await undo(windows);
    expect(comparableState(windows.state)).toEqual(before);
  });

  test('"English account names fail on non-English Windows": the scripts know people by their SIDs', () => {
    expect(inScripts(/Everyone|BUILTIN|NETWORK SERVICE|['"]Administrators/)).toEqual([]);
    // The service manager takes this one name of an account in every language.
    expect(scripts.match(/NT AUTHORITY\\\w+/g)?.every((name) => name === "NT AUTHORITY\\NetworkService")).toBe(true);
  });

  test('"folder-wide grants throw access-denied on foreign keys": a key that nobody may touch is in nobody\'s way', async () => {
    const windows = windowsAfter(
      (state) => {
        for (const [path, file] of Object.entries(state.files)) {
          if (path.includes("\\6de9cb26")) file.sddl = "D:PAI(A;;FA;;;S-1-5-21-1-2-3-1001)";
        }
      },
      "machine-keys-permissions-broken",
      "certificate-expired",
    );
    expect((await repair(windows)).status).toBe("done");
    expect((await verdictOf("machine-keys-permissions-are-default", windows))?.verdict).toBe("healthy");
  });
});

describe("registry", () => {
  test('"reg query ... /d (no write)": what was not written is not reported as restored', async () => {
    const windows = windowsWith("remote-desktop-disabled");
    const path = registryPath("terminal-server/fDenyTSConnections");
    const list = changes(set("terminal-server/fDenyTSConnections", 0), restart)(await look(modelledGuest, windows));
    windows.onCall = (name) => {
      // Something writes back at once what was written.
      if (name === "Start-RdpService") windows.state.registry[path] = dword(1);
    };
    const reply = await apply(windows, list);
    const after = findingsOf(evidenceOf(readable(reply.evidence)));
    expect(after.find(({ check }) => check === "rdp-is-enabled")?.verdict).toBe("faulty");
  });

  test("FIPS, which that recipe turns off, is read and never written", async () => {
    expect(declaredValues["fips/Enabled"]).toMatchObject({ mayBecome: [], mayBeRemoved: false });
    const off: Change = { kind: "set-registry-value", value: "fips/Enabled", to: dword(0), was: dword(1) };
    expect(await refusalOf(off)).not.toBe("");
  });

  test('"` MaxIdleTime` with leading blank and `ffffffff` without 0x": names are spelled once, and numbers are numbers', async () => {
    // A number that Windows itself keeps as text, and a path.
    const texts: Partial<Record<RegistryValueId, unknown>> = {
      "winlogon/WinStationsDisabled": { type: "string", data: "0" },
      "termservice/ServiceDll": { type: "expand-string", data: "%SystemRoot%\\System32\\termsrv.dll" },
    };
    for (const id of registryValueIds) {
      const { key, name, mayBecome } = declaredValues[id];
      expect(`${key}\\${name}`).toBe(`${key}\\${name}`.trim());
      expect(name).toMatch(/^\w+$/);
      for (const data of mayBecome) expect(data, id).toEqual(texts[id] ?? { type: "dword", data: expect.any(Number) });
    }
    const text = { type: "string", data: "ffffffff" } as const;
    expect(
      await refusalOf({ kind: "set-registry-value", value: "rdp-tcp/SecurityLayer", to: text, was: dword(2) }),
    ).toContain("SecurityLayer");
  });

  test('"writes policy keys on workgroup VMs with no backup": a repair by itself never writes a policy', async () => {
    for (const id of registryValueIds.filter((one) => one.startsWith("policy/"))) {
      if (id === "policy/fDenyTSConnections") continue;
      expect(declaredValues[id]).toMatchObject({ mayBecome: [], mayBeRemoved: false, mayBeWeakenedTo: [] });
      const change: Change = { kind: "set-registry-value", value: id, to: dword(0), was: dword(1) };
      expect(await refusalOf(change, "policy-disables-remote-desktop")).not.toBe("");
    }
    const plan = await planOf(windowsWith("policy-disables-remote-desktop"));
    expect(plan.changes).toEqual([]);
    expect(plan.leaves.map(({ because }) => because).join(" ")).toContain("SOFTWARE\\Policies");
  });

  test("and one policy alone is written by name: the VM's own that turns Remote Desktop off, to 0, kept for an undo", async () => {
    const value = "policy/fDenyTSConnections";
    expect(declaredValues[value]).toMatchObject({ mayBecome: [dword(0)], mayBeRemoved: false, mayBeWeakenedTo: [] });
    const writers = remediations.filter(({ touches }) =>
      touches.some((touch) => "values" in touch && touch.values.some((one) => one.startsWith("policy/"))),
    );
    expect(writers).toEqual([expect.objectContaining({ id: "allow-rdp-in-local-policy", onlyByName: true })]);

    const allow: Change = { kind: "set-registry-value", value, to: dword(0), was: dword(1) };
    expect(await refusalOf({ ...allow, to: dword(1), was: dword(0) })).not.toBe("");
    expect(await refusalOf({ kind: "remove-registry-value", value, was: dword(1) })).not.toBe("");
    const member = windowsAfter(({ system }) => {
      system.domainJoined = true;
    }, "policy-disables-remote-desktop");
    const joined = comparableState(member.state);
    expect(await apply(member, [allow])).toMatchObject({
      status: "refused",
      reason: expect.stringContaining("domain"),
    });
    expect(comparableState(member.state)).toEqual(joined);

    const windows = windowsWith("policy-disables-remote-desktop");
    const before = comparableState(windows.state);
    expect((await apply(windows, [allow])).status).toBe("done");
    expect(windows.state.registry[registryPath(value)]).toEqual(dword(0));
    expect((await undo(windows)).status).toBe("done");
    expect(comparableState(windows.state)).toEqual(before);
  });
});

describe("tools that look", () => {
  test('"flags every suite as weak (test reversed)": the list of a healthy Windows is healthy, and one without RSA is not', async () => {
    expect((await verdictOf("cipher-policy-suits-rdp", windowsWith()))?.verdict).toBe("healthy");
    expect((await verdictOf("cipher-policy-suits-rdp", windowsWith("cipher-policy-ecdsa-only")))?.verdict).toBe(
      "faulty",
    );
  });

  test('"says RDP OK if any allow rule of any program has LocalPort Any": the rule of another program lets nobody in', async () => {
    const windows = windowsAfter((state) => {
      const [own, shadow] = state.firewall.rules;
      if (own) own.enabled = false;
      // The built-in one for shadowing is such a rule itself, and is on here.
      expect(shadow).toMatchObject({ enabled: true, localPorts: ["Any"], reachesListener: false });
      if (shadow) state.firewall.rules.push({ ...shadow, name: "Game", group: false });
    });
    const guest = await look(modelledGuest, windows);
    expect(guest.firewall.rules.map(({ name }) => name)).not.toContain("Game");
    expect(windowsFirewallAllowsRdp.run(evidenceOf(guest))).toMatchObject({ verdict: "faulty" });
  });

  test('"counts RDP rules by English DisplayGroup": the group is known by its resource id', () => {
    expect(scripts).toContain("@FirewallAPI.dll,-28752");
    expect(inScripts(/DisplayGroup|-DisplayName/)).toEqual([]);
  });
});

describe("tools that act", () => {
  test('"open adds a top-priority allow from *": no change reaches the network, and no rule is made in Windows either', () => {
    expect(changeOrder.filter((kind) => /network|nsg|rule|port/.test(kind))).toEqual([]);
    const kinds = Change.options.map((option) => option.shape.kind.value);
    expect([...kinds].sort()).toEqual([...changeOrder].sort());
    const makers = Object.entries(adapterFunctions).filter(
      ([name, { changes }]) => changes && name.includes("Firewall"),
    );
    expect(makers.map(([name]) => name).sort()).toEqual(["Set-FirewallBlockAll", "Set-FirewallRuleEnabled"]);
    expect(inScripts(/New-NetFirewallRule|netsh/i)).toEqual([]);
  });

  test('"lets remediation go ahead when its filter errors (fail-safe)": what could not be read is no ground for a change', () => {
    for (const remediation of remediations) {
      for (const name of Object.keys(healthyEvidence().guest ?? {})) {
        if (name.endsWith("At")) continue;
        const evidence = healthyEvidence();
        Object.assign(evidence.guest ?? {}, { [name]: { unreadable: "The query failed." } });
        expect(isUnreadable(Object.entries(evidence.guest ?? {}).find(([one]) => one === name)?.[1])).toBe(true);
        const planned = remediation.plan(evidence, { force: false });
        expect(isRefusal(planned) || planned.length === 0, `${remediation.id} without ${name}`).toBe(true);
      }
    }
  });

  test('"retries execution on any failure": the same step does its work once, however often it is sent', async () => {
    const windows = windowsWith("certificate-expired");
    const { changes: list } = await planOf(windows);
    expect((await apply(windows, list)).status).toBe("done");
    const after = comparableState(windows.state);
    for (let times = 0; times < 3; times += 1) expect((await apply(windows, list)).status).toBe("repeated");
    expect(comparableState(windows.state)).toEqual(after);
  });

  test('"predicates ship hard-wired to False, so approval never triggers": each risk is above some permission, and each kind of change has its own', () => {
    const { maximumRisk } = RunOptions.parse({});
    const mayAlone = remediations.filter(({ risk }) => permitsRisk(maximumRisk, risk)).map(({ id }) => id);
    const asks = remediations.filter(({ risk }) => !permitsRisk(maximumRisk, risk)).map(({ id }) => id);
    expect(asks).toContain("rename-machine-keys-folder");
    expect(mayAlone.length).toBeGreaterThan(0);
    for (const { risk } of remediations) expect(permitsRisk("none", risk)).toBe(false);
  });
});
