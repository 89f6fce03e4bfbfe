import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { strFromU8, unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RunSummary, RunView } from "../../lib/run-view/run-view.ts";
import { parseWorld } from "../../sandbox/load-world.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { call } from "./call.ts";

/*
 * The commands as people type them, against one sandbox with a VM for each story. The sandbox stays open, as Azure
 * does, so that runs can be shown, decided and undone by later calls.
 */

const faults = ["key-corrupt", "certificate-expired", "cipher-policy-ecdsa-only"];
const broken = { windows: { faults } };

const world = {
  name: "terminal",
  description: "One VM for each story.",
  runCommand: { seconds: 0 },
  vms: [
    { name: "well" },
    { name: "broken", ...broken },
    { name: "asked", ...broken },
    { name: "decided", ...broken },
    { name: "called-off", ...broken },
    { name: "interrupted", ...broken },
    { name: "changing", ...broken },
    { name: "watched", ...broken },
    { name: "weakened" },
    { name: "stopped", ...broken, powerState: "deallocated" },
    { name: "linux", osType: "Linux" },
    { name: "agentless", ...broken, agent: "not-ready" },
  ],
};

const folder = mkdtempSync(join(tmpdir(), "rdp-cli-"));
let sandbox: Sandbox;
let environment: Record<string, string>;

beforeAll(async () => {
  const loaded = parseWorld(world);
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  sandbox = await startSandbox({ world: loaded.world, guest: "modelled" });
  setDefaultCACertificates([...getCACertificates("default"), sandbox.caPem]);
  Object.assign(process.env, sandbox.env);
  environment = {
    ...sandbox.env,
    RDP_REMEDIATION_CREDENTIAL: "managed-identity",
    RDP_REMEDIATION_DATABASE: join(folder, "runs.sqlite"),
  };
});

afterAll(async () => {
  await sandbox?.close();
  rmSync(folder, { recursive: true });
});

function idOf(name: string): string {
  return sandbox.vms.find((vm) => vm.name === name)?.id ?? `no VM called ${name}`;
}

function windowsOf(name: string) {
  return comparableState(sandbox.windows(name).state);
}

function scriptsOn(name: string): (string | null)[] {
  return sandbox.scriptRuns
    .filter(({ vm }) => vm.toLowerCase().endsWith(`/${name}`) || vm === name)
    .map(({ step }) => step);
}

/** The id of the run in a command that was suggested. */
function suggested(command: "undo" | "decide" | "resume", said: string): string {
  return new RegExp(`rdp ${command} ([0-9a-f-]{36})`).exec(said)?.[1] ?? `no ${command} was suggested`;
}

describe.concurrent("a VM and what becomes of it", () => {
  test("in good health: diagnosed, nothing to do", async () => {
    const { code, out, err } = await call(["diagnose", idOf("well")], { environment });
    expect(code).toBe(0);
    expect(out).toMatch(/Outcome\n {2}healthy\n/);
    expect(out).not.toMatch(/^ {2}fault|Simulated/m);
    expect(err).toMatch(/Run Command collect-1 is running\./);
    expect(scriptsOn("well")).toEqual(["collect-1"]);
  });

  test("broken: diagnosed, repaired, shown, listed, undone; each call says what to type next", async () => {
    const before = windowsOf("broken");
    const names = [
      "--subscription",
      sandbox.vms[0]?.subscriptionId ?? "",
      "--resource-group",
      "rg-app",
      "--name",
      "broken",
    ];

    const dry = await call(["repair", ...names, "--dry-run"], { environment });
    expect(dry.code).toBe(1);
    expect(dry.said).toMatch(/Plan .*Functions.* Outcome advised .* rdp repair --subscription|rdp repair \\/);
    expect(windowsOf("broken")).toEqual(before);

    const repair = await call(["repair", ...names], { environment });
    expect(repair.code).toBe(0);
    expect(repair.out).toMatch(/fault -> ok {2}rdp-certificate-is-valid/);
    expect(repair.said).toMatch(/Handshake before failed .* after completed with TLS/);
    const runId = suggested("undo", repair.out);

    const shown = await call(["show", runId, "--json"], { environment });
    expect(shown.code).toBe(0);
    expect(RunView.parse(JSON.parse(shown.out))).toMatchObject({
      id: runId,
      state: "ended",
      outcome: "repaired",
      scriptsStarted: 2,
    });

    const undo = await call(["undo", runId, "--json"], { environment });
    expect(undo.code).toBe(0);
    expect(RunView.parse(JSON.parse(undo.out))).toMatchObject({ mode: "undo", outcome: "undone" });
    expect(windowsOf("broken")).toEqual(before);

    const scripts = scriptsOn("broken");
    const again = await call(["undo", runId], { environment });
    const undoId = JSON.parse(undo.out).id;
    expect(again.code).toBe(0);
    expect(again.said).toMatch(
      new RegExp(`^Already undone by run ${undoId} on \\d+ \\w+ \\d{4}, [\\d:]{5} \\S+\\. Nothing was changed now\\. `),
    );
    expect(scriptsOn("broken")).toEqual(scripts);
    const zip = join(folder, "case.zip");
    const bundled = await call(["support-bundle", runId, "--out", zip], { environment });
    expect(bundled).toMatchObject({ code: 0, said: expect.stringContaining(`Wrote ${zip}`) });
    const files = unzipSync(readFileSync(zip));
    expect(strFromU8(files["case.md"] ?? new Uint8Array())).toContain("Outcome: repaired");
    expect(
      Object.values(files)
        .map((file) => strFromU8(file))
        .join(),
    ).not.toContain(world.vms[1]?.name);
    const twice = await call(["support-bundle", runId, "--out", zip], { environment });
    expect(twice).toMatchObject({ code: 2, err: expect.stringContaining("exists already") });

    const undone = await call(["show", runId], { environment });
    expect(undone.said).toContain(`Undone by run ${undoId} on `);
    expect(undone.out).not.toMatch(/^Next/m);

    const runs = await call(["runs", "--vm", idOf("broken"), "--json"], { environment });
    expect(runs.code).toBe(0);
    expect(
      RunSummary.array()
        .parse(JSON.parse(runs.out))
        .map(({ mode, outcome }) => [mode, outcome]),
    ).toEqual([
      ["undo", "undone"],
      ["repair", "repaired"],
      ["repair", "advised"],
    ]);
  });

  test("riskier than allowed: asked about, and repaired after a yes", async () => {
    const args = ["repair", idOf("asked"), "--max-risk", "low"];
    const no = await call(args, { environment, answers: [""] });
    expect(no.code).toBe(1);
    expect(no.said).toMatch(
      /Faults of asked fault .* Plan 1\. .* and this run may do "low" alone\. .*Apply it\? \[y\/N\]/,
    );
    expect(no.out).toMatch(/Outcome\n {2}cancelled\n/);

    const left = await call(args, { environment, answers: [null] });
    expect(left.code).toBe(1);
    const leftId = suggested("decide", left.out);
    expect((await call(["decide", leftId, "--reject", "--reason", "not now"], { environment })).said).toMatch(
      /rejected the plan: not now\. Nothing was changed\./,
    );

    const yes = await call(args, { environment, answers: ["y"] });
    expect(yes.code).toBe(0);
    expect(yes.out).toMatch(/Outcome\n {2}repaired\n/);
  });

  test("riskier than allowed, and nobody there: it waits, and is decided by a later call", async () => {
    const before = windowsOf("decided");
    const args = ["repair", idOf("decided"), "--max-risk", "none"];
    const waiting = await call(args, { environment });
    expect(waiting.code).toBe(1);
    const runId = suggested("decide", waiting.out);
    expect(windowsOf("decided")).toEqual(before);

    // A plan that waits keeps nobody from looking.
    const diagnosis = await call(["diagnose", idOf("decided")], { environment });
    expect(diagnosis.code).toBe(1);
    expect(diagnosis.said).not.toContain("is working on this VM");

    const both = await call(["decide", runId, "--approve", "--reject"], { environment });
    expect(both.code).toBe(2);
    expect(both.err).toBe("rdp-remediation: Give either --approve or --reject.\n");

    const mistyped = await call(["decide", runId, "--approve", "--plan", "000000000000"], { environment });
    expect(mistyped.code).toBe(3);
    const { plan } = JSON.parse((await call(["show", runId, "--json"], { environment })).out);
    expect(mistyped.said).toContain(
      `000000000000 is not the hash of the plan that run ${runId} waits with (${plan.hash.slice(0, 12)}). Read the plan again, then decide about this hash.`,
    );
    expect(windowsOf("decided")).toEqual(before);

    const approved = await call(["decide", runId, "--approve", "--reason", "change 42"], { environment });
    expect(approved.code).toBe(0);
    const again = await call(["decide", runId, "--approve"], { environment });
    expect(again.code).toBe(3);
    expect(again.said).toMatch(/does not await a decision: it is ended/);
  });

  test("stopped before its first change: the run is cancelled, and its Run Command is deleted", async () => {
    const before = windowsOf("interrupted");
    const args = ["repair", idOf("interrupted")];
    const stopped = await call(args, {
      environment,
      watch: (text, stop) => void (/collect-1 is running/.test(text) && stop()),
    });
    expect(stopped.code).toBe(130);
    expect(stopped.out).toBe("");
    expect(stopped.said).toMatch(/Stopped\. Run [0-9a-f-]{36} has ended: .* cancelled the run\. Nothing was changed\./);
    expect(scriptsOn("interrupted")).toEqual(["collect-1"]);

    // A later command, about another VM or this one, finds nothing to go on with.
    await call(["network", idOf("well")], { environment });
    const look = await call(["diagnose", idOf("interrupted")], { environment });
    expect(look.out).toMatch(/^ {2}fault /m);
    expect(windowsOf("interrupted")).toEqual(before);
  });

  test("stopped while it changes the VM: the change goes on, no other command takes it up, resume sees its end", async () => {
    const args = ["repair", idOf("changing")];
    const stopped = await call(args, {
      environment,
      watch: (text, stop) => void (/apply-2 is running/.test(text) && stop()),
    });
    expect(stopped.code).toBe(130);
    const runId = suggested("resume", stopped.said);
    expect(stopped.said).toContain("has begun to change the VM (applying)");
    const stateOf = async () => JSON.parse((await call(["show", runId, "--json"], { environment })).out).state;

    await call(["network", idOf("well")], { environment });
    await call(["diagnose", idOf("well")], { environment });
    expect(await stateOf()).toBe("applying");
    const again = await call(args, { environment });
    expect(again.code).toBe(3);
    expect(again.said).toMatch(new RegExp(`Run ${runId} \\(repair\\) .* was left alone.* rdp resume ${runId}`));
    expect(again.said).not.toContain("rdp cancel");
    expect(again.said).toContain(`cannot be cancelled; undo it after its end: rdp undo ${runId}`);
    const no = await call(args, { environment, answers: ["n"] });
    expect(no.code).toBe(3);
    const tooLate = await call(["cancel", runId], { environment });
    expect(tooLate.code).toBe(3);
    expect(tooLate.said).toMatch(/has begun to change the VM \(applying\).*rdp resume .*rdp undo /);
    expect(await stateOf()).toBe("applying");

    const resumed = await call(["resume", runId], { environment });
    expect(resumed.code).toBe(0);
    expect(resumed.out).toMatch(/Outcome\n {2}repaired\n/);
    expect(scriptsOn("changing")).toEqual(["collect-1", "apply-2"]);
  });

  test("somebody who watches is shown the plan before services restart; --yes skips the question", async () => {
    const args = ["repair", idOf("watched")];
    const before = windowsOf("watched");
    const no = await call(args, { environment, answers: ["n"] });
    expect(no.said).toMatch(/Plan .*restart.* Apply it\? \[y\/N\]/);
    expect(windowsOf("watched")).toEqual(before);
    const yes = await call([...args, "--yes"], { environment, answers: [] });
    expect(yes.code).toBe(0);
    expect(yes.out).toMatch(/Outcome\n {2}repaired\n/);
  });

  test("a run that keeps a setting weakened holds its VM, and says how to end that", async () => {
    const weaken = ["--remediations", "weaken-network-level-authentication", "--weaken-minutes", "30"];
    const args = ["repair", idOf("weakened"), ...weaken, "--max-risk", "weakens-security"];
    const weakened = await call(args, { environment });
    expect(weakened.code).toBe(0);
    const runId = suggested("undo", weakened.out);
    const held = await call(["diagnose", idOf("weakened")], { environment });
    expect(held.code).toBe(3);
    expect(held.said).toMatch(
      new RegExp(
        `Run ${runId} keeps a setting of this VM weakened until \\d+ \\w+ \\d{4}, [\\d:]{5} \\S+\\. Restore it now: rdp undo ${runId}\\.`,
      ),
    );
    const restored = await call(["undo", runId], { environment });
    expect(restored.out).toMatch(/Outcome\n {2}undone\n/);
  });

  test("a plan that waits is cancelled by its id", async () => {
    const waiting = await call(["repair", idOf("called-off"), "--max-risk", "none"], { environment });
    const runId = suggested("decide", waiting.out);
    const cancelled = await call(["cancel", runId], { environment });
    expect(cancelled.out).toMatch(/Outcome\n {2}cancelled\n/);
    expect(await call(["cancel", runId], { environment })).toMatchObject({ code: cancelled.code, out: cancelled.out });
  });
});

describe.concurrent("what cannot be done is said in a sentence, and nothing is touched", () => {
  test.each([
    [
      "a stopped VM",
      ["repair", "stopped"],
      1,
      /fault vm-is-running Azure reports the power state deallocated\. Start the VM: az vm start --ids \/subscriptions\/\S+/,
    ],
    ["a Linux VM", ["diagnose", "linux"], 3, /linux runs Linux\. Only Windows VMs are diagnosed; name another one/],
    [
      "an agent that is not ready",
      ["repair", "agentless"],
      1,
      /fault guest-agent-is-ready The VM agent reports "Not Ready", .* Look at the screen first \(boot diagnostics\): .*use the serial console, or reset the NIC\./,
    ],
  ])("%s", async (_, [command = "", vm = ""], exitCode, sentence) => {
    const { code, said } = await call([command, idOf(vm)], { environment });
    expect(said).toMatch(sentence);
    expect(code).toBe(exitCode);
    expect(scriptsOn(vm)).toEqual([]);
  });

  const id =
    "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/";
  test.each([
    ["an unknown VM", ["diagnose", `${id}nobody`], 3, /resource was not found .*Check the resource id/],
    [
      "an unknown remediation",
      ["repair", `${id}well`, "--remediations", "reinstall"],
      2,
      /no remediation "reinstall".*renew-rdp-key/,
    ],
    [
      "an unknown check",
      ["diagnose", `${id}well`, "--checks", "all-is-well"],
      2,
      /no check "all-is-well".*rdp-is-enabled/,
    ],
    [
      "a VM id of another cloud",
      ["repair", `https://management.chinacloudapi.cn${id}well`],
      2,
      /cannot point at another cloud\. Give \/subscriptions/,
    ],
    [
      "a thing that is no VM",
      ["repair", "vm-app-01"],
      2,
      /"vm-app-01" is not the resource id of a virtual machine\. Give/,
    ],
    [
      "a name that Azure does not allow",
      ["repair", "--subscription", "x", "--resource-group", "a", "--name", "b"],
      2,
      /"x" is not the id of a subscription, which is a GUID/,
    ],
    ["no VM at all", ["repair"], 2, /Which VM\? Give its resource id/],
    ["half a VM", ["repair", "--name", "well"], 2, /Which VM\?/],
    ["a VM named twice", ["repair", `${id}well`, "--name", "well"], 2, /Name the VM once/],
    ["an unknown run", ["undo", "11111111-1111-4111-8111-111111111111"], 3, /no run 11111111.*List the runs/],
    ["a run that is none", ["show", "last"], 2, /"last" is not the id of a run/],
    ["a world that is not there", ["repair", "--sandbox", "atlantis"], 2, /no world "atlantis".*several-faults/],
    ["a misspelt world", ["repair", "--sandbox", "healty"], 2, /shipped world\. Did you mean healthy\?/],
    ["the begin of a world", ["repair", "--sandbox", "several"], 2, /Did you mean several-faults\?/],
    [
      "a world file that is malformed",
      ["repair", "--sandbox", "package.json"],
      2,
      /"package\.json" cannot be used: .*world\.schema\.json/,
    ],
  ])("%s", async (_, args, exitCode, sentence) => {
    const { code, out, said, err } = await call(args, { environment });
    expect(said).toMatch(sentence);
    expect(code).toBe(exitCode);
    expect(err).not.toMatch(/^\s+at .*:\d+:\d+/m);
    if (exitCode === 2) expect(out).toBe("");
  });
});
