import { describe, expect, test } from "vitest";
import { fail, ok } from "../../../lib/core/problem.ts";
import { Run, type RunOptions } from "../../../lib/core/run.ts";
import type { FixPipeline } from "../../../lib/runs/ports.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { networkWith, rule } from "../../network/network-with.ts";
import { nsg, nsgIdOf } from "../../network/proposal-rig.ts";
import { disabledRdp, drive, id, newRun } from "../rig.ts";

const client = "10.0.0.9";
const page = "https://github.com/contoso/network/actions/workflows/network-fix.yml";

/** A VM whose NIC's group denies everybody. */
function deniedVm(): FakeVm {
  const fake = new FakeVm();
  fake.azure = networkWith({ nic: nsg("nsg-app", rule({ name: "deny-rdp", priority: 200, access: "Deny" })) });
  return fake;
}

function runThatHandsOver(intent: "diagnose" | "repair", options: Partial<RunOptions> = {}): Run {
  const run = newRun(intent, { sources: [client], ...options });
  return Run.parse({ ...run, limits: { ...run.limits, handsOver: true } });
}

class FakePipeline implements FixPipeline {
  readonly started: string[] = [];
  readonly answers: Awaited<ReturnType<FixPipeline["start"]>>[];
  constructor(...answers: FakePipeline["answers"]) {
    this.answers = answers;
  }
  async start(runId: string) {
    this.started.push(runId);
    const answer = this.answers.shift();
    if (!answer) throw new Error("the pipeline was started once too often");
    return answer;
  }
}

describe("a run whose source is denied", () => {
  test.each(["diagnose", "repair"] as const)("carries the rule that would let it in: %s", async (intent) => {
    const { run } = await drive(newRun(intent, { sources: [client] }), deniedVm());
    expect(run.proposals).toMatchObject([
      { runId: id, name: `Allow-RDP-${id.slice(0, 8)}`, source: "10.0.0.9/32", rules: [{ nsgId: nsgIdOf("nsg-app") }] },
    ]);
    expect(run.outcome).toMatchObject({
      kind: "advised",
      summary: expect.stringContaining("proposed to the network owner"),
    });
  });

  test("has a rule that expires a day after it was seen", async () => {
    const { run } = await drive(newRun("diagnose", { sources: [client] }), deniedVm());
    const life = Date.parse(run.proposals[0]?.expiresAt ?? "") - Date.parse(run.before?.at ?? "");
    expect(life).toBe(24 * 3_600_000);
  });

  test("says why there is none", async () => {
    const { run } = await drive(newRun("diagnose", { sources: ["Internet"] }), deniedVm());
    expect(run.proposals).toEqual([]);
    expect(run.notProposed).toMatchObject([{ source: "Internet" }]);
  });

  test("carries none where Remote Desktop is closed on purpose", async () => {
    const fake = deniedVm();
    fake.azure.vm.tags = { "rdp-access": "closed" };
    const { run } = await drive(newRun("diagnose", { sources: [client] }), fake);
    expect(run.findings.find(({ check }) => check === "nsg-allows-rdp")?.verdict).toBe("intended");
    expect(run).toMatchObject({ proposals: [], notProposed: [] });
  });

  test("carries none where the network was not asked about", async () => {
    const { run } = await drive(newRun("diagnose", { sources: [client], checks: ["rdp-is-enabled"] }), deniedVm());
    expect(run.proposals).toEqual([]);
  });
});

describe("a run that looks at the network alone", () => {
  const checks = ["nsg-allows-rdp"];

  test("runs nothing inside the VM, and says for which port it judged", async () => {
    const { run, effects } = await drive(newRun("diagnose", { checks, sources: [client] }), deniedVm());
    expect(effects).toEqual(["claim", "read-azure", "release"]);
    expect(run.findings.map(({ check }) => check)).toEqual(checks);
    expect(run.log.map(({ message }) => message).join(" ")).toContain(
      "for port 3389: on which one the VM listens was not",
    );
  });

  test("judges the port that it was given", async () => {
    const { run } = await drive(newRun("diagnose", { checks, sources: [client], port: 3390 }), deniedVm());
    expect(run.before?.network).toMatchObject([{ destination: "10.0.0.4:3390", verdict: "allowed" }]);
    expect(run.outcome?.kind).toBe("healthy");
  });

  test("looks at a VM that is stopped as well", async () => {
    const fake = deniedVm();
    fake.azure.vm.powerState = "deallocated";
    const { run } = await drive(newRun("diagnose", { checks, sources: [client] }), fake);
    expect(run.outcome?.kind).toBe("advised");
  });

  test("takes a port that is given to no other run", () => {
    expect(() => newRun("diagnose", { port: 3390 })).toThrow(/A port is for a run that looks at the network alone/);
  });
});

describe("the hand-over to the pipeline", () => {
  test("comes once, at the end of a repair, after the VM was given back; the run links the page", async () => {
    const pipeline = new FakePipeline(ok({ page }));
    const { run, effects } = await drive(runThatHandsOver("repair"), deniedVm(), new FakeClock(), undefined, {
      pipeline,
    });
    expect(pipeline.started).toEqual([id]);
    expect(effects.slice(-2)).toEqual(["release", "hand-over-fix"]);
    expect(run).toMatchObject({ state: "ended", fixDue: false, fixPage: page, outcome: { kind: "advised" } });
  });

  test("comes as well when the repair had something to do inside the VM", async () => {
    const fake = deniedVm();
    fake.guest = disabledRdp();
    const pipeline = new FakePipeline(ok({ page }));
    const { run } = await drive(runThatHandsOver("repair"), fake, new FakeClock(), undefined, { pipeline });
    expect(run.receipts).not.toEqual([]);
    expect(pipeline.started).toEqual([id]);
  });

  test.each<[string, Run]>([
    ["a diagnosis", runThatHandsOver("diagnose")],
    ["a dry run", runThatHandsOver("repair", { dryRun: true })],
    ["a service without a pipeline", newRun("repair", { sources: [client] })],
  ])("does not come of %s", async (_, start) => {
    const { effects } = await drive(start, deniedVm(), new FakeClock(), undefined, { pipeline: new FakePipeline() });
    expect(effects).not.toContain("hand-over-fix");
  });

  test("is tried again when GitHub is away", async () => {
    const away = fail("pipeline-refused", "GitHub answered HTTP 503.", { retryable: true });
    const pipeline = new FakePipeline(away, away, ok({ page }));
    const { run } = await drive(runThatHandsOver("repair"), deniedVm(), new FakeClock(), undefined, { pipeline });
    expect(pipeline.started).toHaveLength(3);
    expect(run.fixPage).toBe(page);
  });

  test("that is refused leaves the proposals, the outcome, and a word about it", async () => {
    const pipeline = new FakePipeline(fail("pipeline-refused", "GitHub refused."));
    const { run } = await drive(runThatHandsOver("repair"), deniedVm(), new FakeClock(), undefined, { pipeline });
    expect(run).toMatchObject({ state: "ended", fixDue: false, fixPage: null, outcome: { kind: "advised" } });
    expect(run.proposals).toHaveLength(1);
    expect(run.log.at(-1)?.message).toBe("The network fix was not handed to the pipeline. GitHub refused.");
  });

  test("that is refused after an answer was lost may have started the pipeline, and says so", async () => {
    const lost = fail("pipeline-refused", "GitHub was not reached.", { retryable: true });
    const pipeline = new FakePipeline(lost, fail("pipeline-refused", "GitHub refused."));
    const { run } = await drive(runThatHandsOver("repair"), deniedVm(), new FakeClock(), undefined, { pipeline });
    expect(run.log.at(-1)?.message).toBe("The network fix may not have been handed to the pipeline. GitHub refused.");
  });
});
