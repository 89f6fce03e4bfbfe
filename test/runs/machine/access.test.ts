import { describe, expect, test } from "vitest";
import type { AccessRequest } from "../../../lib/core/access-request.ts";
import type { AzureEvidence } from "../../../lib/core/azure-evidence.ts";
import { fail, ok, type Result } from "../../../lib/core/problem.ts";
import type { RunOptions } from "../../../lib/core/run.ts";
import { apply } from "../../../lib/runs/machine/machine.ts";
import type { AccessRequester } from "../../../lib/runs/ports.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { networkWith, rule } from "../../network/network-with.ts";
import { nsg } from "../../network/proposal-rig.ts";
import { disabledRdp, drive, newRun } from "../rig.ts";

const client = "10.0.0.9";
const policyId =
  "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/app/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/default";
const closing = rule({
  name: "SecurityCenter-JITRule_-1_A",
  priority: 4096,
  access: "Deny",
  destinations: ["10.0.0.4"],
});

function network(duration: string, ...opened: string[]): AzureEvidence {
  const opening = opened.map((source, at) =>
    rule({ name: `SecurityCenter-JITRule-${at}-B`, priority: 100 + at, sources: [source] }),
  );
  return networkWith({
    nic: nsg("nsg-app", closing, ...opening),
    more: {
      jit: { id: policyId, ports: [{ number: 3389, protocol: "*", sources: ["*"], maximumDuration: duration }] },
    },
  });
}

/** A VM under just-in-time access. The rule shows when the network was read so many times since the request. */
class JitVm extends FakeVm implements AccessRequester {
  readonly requests: AccessRequest[] = [];
  answer: Result<"accepted"> = ok("accepted");
  /** Answers to the first requests; Azure carries these out as well. */
  readonly lost: Result<"accepted">[] = [];
  showsAfter = 1;
  duration: string;
  constructor(duration = "PT3H") {
    super();
    this.duration = duration;
    this.azure = network(duration);
  }
  async request(_vm: unknown, request: AccessRequest): Promise<Result<"accepted">> {
    this.requests.push(request);
    return this.lost.shift() ?? this.answer;
  }
  override async read(): Promise<Result<AzureEvidence>> {
    const [request] = this.requests;
    if (request && (this.answer.ok || this.requests.length > 1) && this.showsAfter-- <= 1)
      this.azure = network(this.duration, ...request.sources);
    return super.read();
  }
}

function closedOnPurpose(): JitVm {
  const fake = new JitVm();
  fake.azure.vm.tags = { "rdp-access": "closed" };
  return fake;
}

async function repair(fake: JitVm, options: Partial<RunOptions> = {}, clock = new FakeClock()) {
  const start = newRun(
    "repair",
    { sources: [client], requestAccess: true, maximumRisk: "opens-network", ...options },
    clock,
  );
  return drive(start, fake, clock, undefined, { access: fake });
}

describe("just-in-time access", () => {
  test("is requested for the given source and the policy's time; the verdict then proves it", async () => {
    const fake = new JitVm();
    const { run, effects } = await repair(fake);
    expect(fake.requests).toMatchObject([{ policyId, port: 3389, sources: [client] }]);
    const { until = "" } = fake.requests[0] ?? {};
    expect(Date.parse(until) - Date.parse(run.createdAt)).toBeLessThanOrEqual(3 * 3_600_000 + 60_000);
    expect(effects.filter((effect) => effect === "request-access")).toHaveLength(1);
    expect(run.findings.find(({ check }) => check === "nsg-allows-rdp")?.verdict).toBe("healthy");
    expect(run).toMatchObject({ access: { state: "granted" }, outcome: { kind: "repaired" } });
    expect(run.outcome?.summary).toContain(`Just-in-time access is granted to ${client} for port 3389 until ${until}`);
  });

  test("waits for an approval, whose plan names the sources; then nothing else asks", async () => {
    const fake = new JitVm();
    const clock = new FakeClock();
    const waiting = await repair(fake, { maximumRisk: "may-lock-out" }, clock);
    expect(waiting.run).toMatchObject({
      state: "awaiting-approval",
      plan: { risk: "opens-network", changes: [], access: { sources: [client], port: 3389 } },
    });
    expect(fake.requests).toEqual([]);
    const decision = { kind: "decide" as const, approved: true, by: "ada", planHash: waiting.run.plan?.hash ?? "" };
    const approved = apply(waiting.run, decision, clock.now());
    const { run } = await drive(approved, fake, clock, undefined, { access: fake });
    expect(fake.requests).toHaveLength(1);
    expect(run).toMatchObject({ access: { state: "granted" }, outcome: { kind: "repaired" } });
  });

  describe("a cancel before the request", () => {
    const cancel = { kind: "cancel" as const, by: "ada" };

    async function approved(fake: JitVm, clock: FakeClock) {
      const { run } = await repair(fake, { maximumRisk: "may-lock-out" }, clock);
      const decision = { kind: "decide" as const, approved: true, by: "ada", planHash: run.plan?.hash ?? "" };
      return apply(run, decision, clock.now());
    }

    test("while the run waits for its VM: nothing is requested", async () => {
      const [fake, clock] = [new JitVm(), new FakeClock()];
      const due = await approved(fake, clock);
      expect(due).toMatchObject({ state: "planned", claimed: false, access: { state: "due" } });
      const { run } = await drive(apply(due, cancel, clock.now()), fake, clock, undefined, { access: fake });
      expect(run.outcome).toMatchObject({ kind: "cancelled", summary: "ada cancelled the run. Nothing was changed." });
      expect(fake.requests).toEqual([]);
    });

    test("while the request is on its way: the end of the access is told, and its answer is kept", async () => {
      const clock = new FakeClock();
      const claimed = apply(await approved(new JitVm(), clock), { kind: "claimed" }, clock.now());
      const leaving = apply(claimed, { kind: "departing", effect: "request-access" }, clock.now());
      const until = leaving.access?.until ?? "";
      const cancelled = apply(leaving, cancel, clock.now());
      expect(cancelled.outcome).toMatchObject({
        kind: "cancelled",
        summary: `ada cancelled the run. Nothing was changed in the VM. If just-in-time access was requested already, it ends by itself at ${until}.`,
      });
      const answered = apply(cancelled, { kind: "access-requested" }, clock.now());
      expect(answered).toMatchObject({
        state: "ended",
        access: { state: "requested" },
        outcome: { kind: "cancelled" },
      });
      expect(answered.log.at(-1)?.message).toBe(
        `Just-in-time access was requested before the cancellation. It ends by itself at ${until}.`,
      );
    });
  });

  test("needs no script where only the network was asked about", async () => {
    const { run, effects } = await repair(new JitVm(), { checks: ["nsg-allows-rdp"] });
    expect(effects).toEqual(["claim", "read-azure", "request-access", "read-azure", "release"]);
    expect(run.outcome?.kind).toBe("repaired");
  });

  test("goes before the repair inside the VM", async () => {
    const fake = new JitVm();
    fake.guest = disabledRdp();
    const { run } = await repair(fake);
    expect(run.receipts).not.toEqual([]);
    expect(run).toMatchObject({ access: { state: "granted" }, outcome: { kind: "repaired" } });
  });

  test("is waited for until its rule shows", async () => {
    const fake = new JitVm();
    fake.showsAfter = 5;
    expect((await repair(fake)).run).toMatchObject({ access: { state: "granted", reads: 5 } });
  });

  test("that never shows ends the waiting, and the run with its finding", async () => {
    const fake = new JitVm();
    fake.showsAfter = 1000;
    const { run } = await repair(fake);
    expect(run).toMatchObject({ access: { state: "refused", reads: 12 }, outcome: { kind: "advised" } });
  });

  test("without the right does the rest, and names the missing action", async () => {
    const fake = new JitVm();
    fake.guest = disabledRdp();
    fake.answer = fail("right-missing", "The identity lacks the right initiate/action.");
    const { run } = await repair(fake);
    expect(run.receipts).not.toEqual([]);
    expect(run.log.map(({ message }) => message)).toContain(
      "Just-in-time access was not granted. The identity lacks the right initiate/action.",
    );
    expect(run).toMatchObject({ access: { state: "refused" }, outcome: { kind: "advised" } });
  });

  const away = fail("azure-unavailable", "Azure did not answer.", { retryable: true });
  const busy = fail("throttled", "Azure throttles.", { retryable: true });
  const forbidden = fail("right-missing", "The identity lacks the right initiate/action.");

  test("that may have been granted before Azure refused to say so is looked for", async () => {
    const fake = new JitVm();
    fake.lost.push(away);
    fake.answer = forbidden;
    const { run } = await repair(fake, { checks: ["nsg-allows-rdp"] });
    const said = run.log.map(({ message }) => message);
    expect(said).toContain("The identity lacks the right initiate/action. Looking whether access is granted.");
    expect(run).toMatchObject({ access: { state: "granted" }, outcome: { kind: "repaired" } });
    expect(run.access).not.toHaveProperty("sent");
  });

  test("that was refused each time was not granted", async () => {
    const fake = new JitVm();
    fake.lost.push(busy);
    fake.answer = forbidden;
    const { run } = await repair(fake, { checks: ["nsg-allows-rdp"] });
    expect(run.log.map(({ message }) => message)).toContain(
      "Just-in-time access was not granted. The identity lacks the right initiate/action.",
    );
    expect(run.access).toMatchObject({ state: "refused", reads: 0 });
  });

  test.each([
    ["PT30M", 30],
    ["PT1H30M", 90],
    ["P1D", 1440],
    ["P1DT1H", 1500],
  ])("with a policy of %s lasts %i minutes", async (duration, minutes) => {
    const fake = new JitVm(duration);
    const clock = new FakeClock();
    const { run } = await repair(fake, { checks: ["nsg-allows-rdp"] }, clock);
    const asked = run.log.find(({ message }) => message.startsWith("Requesting"))?.at ?? "";
    expect(Date.parse(run.access?.until ?? "") - Date.parse(asked)).toBe(minutes * 60_000);
  });

  test.each<[string, JitVm, Partial<RunOptions>]>([
    ["nobody asked for it", new JitVm(), { requestAccess: false }],
    ["it is a dry run", new JitVm(), { dryRun: true }],
    ["the source is everybody", new JitVm(), { sources: ["Internet", "VirtualNetwork"] }],
    ["the source is everybody, in numbers", new JitVm(), { sources: ["0.0.0.0/0"] }],
    ["the source is half of everybody", new JitVm(), { sources: ["128.0.0.0/1"] }],
    ["the source is more than one office", new JitVm(), { sources: ["203.0.113.0/23"] }],
    ["the source is more than one office, in IPv6", new JitVm(), { sources: ["2001:db8::/63"] }],
    ["the sources are too many together", new JitVm(), { sources: ["203.0.113.0/24", "198.51.100.7"] }],
    ["Remote Desktop is closed there on purpose", closedOnPurpose(), {}],
    ["the policy tells no time", new JitVm("forever"), {}],
    ["the policy gives no time", new JitVm("PT0S"), {}],
  ])("is not requested when %s", async (_, fake, options) => {
    const { effects } = await repair(fake, options);
    expect(effects).not.toContain("request-access");
  });

  test("a dry run says what would be requested, and for whom", async () => {
    const { run } = await repair(new JitVm(), { dryRun: true });
    expect(run.outcome?.summary).toContain(
      `A repair would request just-in-time access for ${client}. Risk: opens-network.`,
    );
  });

  test("is not requested by a diagnosis", async () => {
    const start = newRun("diagnose", { sources: [client], requestAccess: true });
    expect((await drive(start, new JitVm())).effects).not.toContain("request-access");
  });

  test("is not requested where another rule denies", async () => {
    const fake = new JitVm();
    fake.azure = networkWith({ nic: nsg("nsg-app", rule({ access: "Deny" })) });
    expect((await repair(fake)).effects).not.toContain("request-access");
  });
});
