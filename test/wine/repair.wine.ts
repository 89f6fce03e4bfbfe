import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import { LogOnsSection } from "../../lib/core/log-on.ts";
import { windowsRegion } from "../../lib/guest/compose.ts";
import {
  changes,
  grantAccess,
  type ReadableEvidence,
  readable,
  remove,
  renameRdpKey,
  restart,
  set,
} from "../guest/scenarios-rig.ts";
import { choosing, type FakeServer, speakTls, startFake } from "../rdp/fake-server.ts";
import { ask, look } from "../windows/repair-cycle.ts";
import { askGuest } from "./guest.ts";
import { type Machine, onDriveC, runProgram, runScript, windowsPath } from "./machine.ts";

/*
 * The scripts that ship, whole and through their own request and reply: look, change, take back. What came of it is read by
 * reg.exe of Wine and from the file system below Wine.
 */

const machine = inject("machine") as Machine;
const source = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const now = () => new Date();

/** Behind the functions that touch Windows, those of them that need it get a stand-in. */
const run = (script: string) => {
  const { end } = windowsRegion;
  if (!script.includes(end)) throw new Error("The script does not say where its calls of Windows end.");
  return runScript(machine, script.replace(end, `${end}\n. Use-FileSecurityStandIn`), { standIns: true });
};

const settings = [
  "SYSTEM\\CurrentControlSet\\Control\\Terminal Server",
  "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL",
  "SOFTWARE\\Policies",
];

/** All that changes of the registry may reach, as regedit exports it. */
async function exportSettings(): Promise<string[]> {
  const texts: string[] = [];
  for (const key of settings) {
    const file = join(machine.folder, "settings.reg");
    await runProgram(machine, "reg", "export", `HKLM\\${key}`, windowsPath(file), "/y");
    texts.push(await readFile(file, "utf16le"));
  }
  return texts;
}

const listener = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp";
const tls12 = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server";
const policy = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002";

describe.skipIf(!machine)("a repair and its undo, under Wine", () => {
  let server: FakeServer | undefined;
  let thumbprint = "";

  beforeAll(async () => {
    if (!machine) return;
    let presented: { cert: string; key: string } | undefined;
    server = await startFake((socket) => {
      socket.write(choosing("PROTOCOL_HYBRID"));
      speakTls(socket, { ...presented, maxVersion: "TLSv1.2" });
    });
    const body = `${source("certificate.ps1")}\n${source("prepare.ps1")}\nOut (Initialize-RemoteDesktop $In)`;
    const [made] = await askGuest(machine, body, { input: server.target.port, standIns: true });
    presented = made as { cert: string; key: string };
    thumbprint = (made as { thumbprint: string }).thumbprint;
    await runProgram(machine, "reg", "add", tls12, "/v", "Enabled", "/t", "REG_DWORD", "/d", "0", "/f");
    await runProgram(
      machine,
      "reg",
      "add",
      policy,
      "/v",
      "Functions",
      "/t",
      "REG_MULTI_SZ",
      "/d",
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\\0TLS_AES_128_GCM_SHA256",
      "/f",
    );
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  test("a look reads every section, and says nothing beside its reply", async () => {
    let printed = "";
    const { guest } = await look(async (script) => {
      printed = await run(script);
      return printed;
    }, now);
    expect(printed.trimEnd().split("\n")).toHaveLength(1);
    const unreadable = Object.entries(guest).filter(([, section]) => isUnreadable(section));
    // Wine tells neither its sessions nor what its Security log holds (limits.wine.ts).
    expect(unreadable.map(([name]) => name)).toEqual(["sessions", "logOns"]);
    expect(guest).toMatchObject({
      services: {
        TermService: { state: "Running" },
        SessionEnv: { state: "Running" },
        UmRdpService: { state: "Running" },
      },
      listener: { owner: { services: ["TermService"] } },
      certificate: { inUse: { thumbprint, key: { usable: true, container: "TSSecKeySet1" } } },
      handshake: { result: "completed", thumbprint },
      subsystem: {},
      licensing: { mode: 0 },
      domain: { join: "workgroup" },
    });
  });

  test("changes of the registry, a key and its permissions are made, and an undo brings back what was", async () => {
    const before = { settings: await exportSettings(), keys: keyFiles(), evidence: await lookAround() };
    const runId = randomUUID();
    const list = changes(
      set("rdp-tcp/MinEncryptionLevel", 3),
      set("tls12-server/Enabled", 1),
      remove("cipher-policy/Functions"),
      grantAccess("rdp-key"),
      restart,
    )(before.evidence);

    expect(await ask(run, now, "apply", { runId, step: "apply-1", changes: list })).toMatchObject({
      status: "done",
      receipts: list.map(({ kind }) => ({ kind, changed: true })),
    });
    expect(await runProgram(machine, "reg", "query", tls12, "/v", "Enabled")).toMatch(/REG_DWORD\s+0x1/);
    expect(await runProgram(machine, "reg", "query", listener, "/v", "MinEncryptionLevel")).toMatch(/REG_DWORD\s+0x3/);
    await expect(runProgram(machine, "reg", "query", policy, "/v", "Functions")).rejects.toThrow();
    const { keys } = await lookAround();
    expect(keys.rdpKey?.sddl).toContain("NS)");
    expect(keyFiles()).toEqual(before.keys);

    expect(await ask(run, now, "apply", { runId, step: "apply-1", changes: list })).toMatchObject({
      status: "repeated",
    });

    const undone = await ask(run, now, "undo", { runId: randomUUID(), step: "undo-1", undoes: runId });
    expect(undone).toMatchObject({ status: "done", conflicts: [] });
    expect(await exportSettings()).toEqual(before.settings);
    expect((await lookAround()).keys).toEqual(before.evidence.keys);
  });

  test("a key is put aside, and an undo brings back the same file", async () => {
    const before = { keys: keyFiles(), evidence: await lookAround() };
    const runId = randomUUID();
    const list = changes(renameRdpKey)(before.evidence);
    expect(await ask(run, now, "apply", { runId, step: "apply-1", changes: list })).toMatchObject({ status: "done" });
    const left = Object.keys(before.keys).filter((name) => !name.startsWith("f686aace6942fb7f7ceb231212eef4a4_"));
    expect(Object.keys(keyFiles())).toEqual(left);

    const undone = await ask(run, now, "undo", { runId: randomUUID(), step: "undo-1", undoes: runId });
    expect(undone).toMatchObject({ status: "done", conflicts: [] });
    expect(keyFiles()).toEqual(before.keys);
    expect((await lookAround()).keys).toEqual(before.evidence.keys);
  });

  test("a run of an earlier version is undone from where that version kept its journal", async () => {
    const before = { keys: keyFiles(), evidence: await lookAround() };
    const [runId, undoId] = [randomUUID(), randomUUID()];
    const list = changes(renameRdpKey)(before.evidence);
    // What a user prepared at the former place is in nobody's way.
    const former = onDriveC(machine, "ProgramData\\RdpRemediation");
    mkdirSync(join(former, runId), { recursive: true });
    expect(await ask(run, now, "apply", { runId, step: "apply-1", changes: list })).toMatchObject({ status: "done" });

    rmSync(former, { recursive: true });
    const root = onDriveC(machine, "windows\\RdpRemediation");
    renameSync(root, former);
    const journal = join(former, runId, "journal.jsonl");
    const text = readFileSync(journal, "utf8");
    expect(text).toMatch(/C:.{2}windows.{2}RdpRemediation/i);
    writeFileSync(journal, text.replaceAll(/C:\\\\windows\\\\RdpRemediation/gi, "C:\\\\ProgramData\\\\RdpRemediation"));

    const undone = await ask(run, now, "undo", { runId: undoId, step: "undo-1", undoes: runId });
    expect(undone).toMatchObject({ status: "done", conflicts: [] });
    expect(keyFiles()).toEqual(before.keys);
    expect((await lookAround()).keys).toEqual(before.evidence.keys);
    expect(readdirSync(root)).toContain(undoId);
    expect(readFileSync(journal, "utf8")).toContain(undoId);
  });

  test("what somebody changed since is left alone, and undone with force", async () => {
    const { evidence } = { evidence: await lookAround() };
    const runId = randomUUID();
    const list = changes(set("rdp-tcp/MinEncryptionLevel", 3))(evidence);
    expect(await ask(run, now, "apply", { runId, step: "apply-1", changes: list })).toMatchObject({ status: "done" });
    await runProgram(machine, "reg", "add", listener, "/v", "MinEncryptionLevel", "/t", "REG_DWORD", "/d", "4", "/f");

    const level = () => runProgram(machine, "reg", "query", listener, "/v", "MinEncryptionLevel");
    const undo = (force: boolean) =>
      ask(run, now, "undo", { runId: randomUUID(), step: "undo-1", undoes: runId, force });
    expect(await undo(false)).toMatchObject({ conflicts: [expect.stringContaining("was changed since")] });
    expect(await level()).toMatch(/REG_DWORD\s+0x4/);
    expect(await undo(true)).toMatchObject({ status: "done", conflicts: [] });
    expect(await level()).toMatch(/REG_DWORD\s+0x2/);
  });
});

/** Every file of MachineKeys with what is in it. */
function keyFiles(): Record<string, string> {
  const folder = onDriveC(machine, "ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys");
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

/** The evidence of a look, with nobody logged on now or before: Wine tells neither. */
async function lookAround(): Promise<ReadableEvidence> {
  const { guest } = await look(run, now);
  return readable({ ...guest, sessions: { active: 0, disconnected: 0 }, logOns: LogOnsSection.parse({ failed: {} }) });
}
