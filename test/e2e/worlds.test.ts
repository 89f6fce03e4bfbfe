import { createHash } from "node:crypto";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { maximumReplyBytes } from "../../lib/guest/protocol.ts";
import { restBudget, sectionBudgets } from "../../lib/guest/reply-budget.ts";
import { lockoutsOf } from "../../lib/scan/find-lockouts.ts";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import type { World } from "../../sandbox/world.ts";
import { expectPasteableCommands } from "../cli/next-commands.ts";
import { hasPwsh } from "../fixtures/pwsh.ts";
import { costOfReply } from "../fixtures/reply-cost.ts";
import { readWorld, type SandboxService, serveWorld, worldNames } from "../fixtures/sandbox-service.ts";

/*
 * Every shipped world is repaired as a user would, and ends as its file declares; then repaired again, which changes
 * nothing; then undone, which brings the former Windows back exactly.
 */

let service: SandboxService | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});

/**
 * Worlds of the network are about nothing inside Windows: to look into it with real scripts would tell nothing more.
 */
const isAboutWindows = (name: string) => !name.startsWith("network-");

/**
 * The same day and the same ids at each run: a reply is compressed as a whole, so its length depends on every digit of
 * them.
 */
function serveOnOneDay(world: World, guest: "modelled" | "pwsh"): Promise<SandboxService> {
  let runs = 0;
  const newId = () => createHash("md5").update(String(++runs)).digest("hex").replace(uuidParts, "$1-$2-4$3-8$4-$5");
  return serveWorld(world, guest, {
    clock: createVirtualClock({ start: new Date("2026-11-21T08:00:00.123Z") }),
    newId,
  });
}

const uuidParts = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/;

/** The longest reply of each world so far. */
const longest = new Map<string, number>();
afterAll(() => {
  const rows = [...longest].sort(([, one], [, other]) => other - one).map(([name, bytes]) => `${bytes} ${name}`);
  console.log(`The longest reply of each world, in bytes (${maximumReplyBytes} are allowed):\n${rows.join("\n")}`);
});

/** Every reply that the guest gave keeps to its budget, and so does every section in it. */
function expectWithinBudget(world: string, outputs: readonly string[]): void {
  for (const cost of outputs.map(costOfReply)) {
    if (!cost) continue;
    longest.set(world, Math.max(longest.get(world) ?? 0, cost.bytes));
    expect(cost.bytes).toBeLessThanOrEqual(maximumReplyBytes);
    expect(cost.rest).toBeLessThanOrEqual(restBudget);
    const over = Object.entries(cost.sections).filter(
      ([name, bytes]) => bytes > sectionBudgets[name as keyof typeof sectionBudgets],
    );
    expect(over).toEqual([]);
  }
}

const guests = [
  { guest: "modelled" as const, here: true },
  { guest: "pwsh" as const, here: hasPwsh },
];

describe.each(guests)("with the guest $guest", ({ guest, here }) => {
  test.skipIf(!here).each(worldNames().filter((name) => guest === "modelled" || isAboutWindows(name)))(
    "%s ends as declared, and can be undone",
    async (name) => {
      const world = readWorld(name);
      service = await serveOnOneDay(world, guest);
      const windows = world.vms[0]?.osType === "Windows" ? service.sandbox.windows(world.vms[0].name) : null;
      const before = windows && comparableState(windows.state);

      const run = await service.run("repair");
      const { expect: declared } = world;
      if (!declared) throw new Error("A shipped world declares what it comes to.");
      const faulty = run.findings.filter((finding) => finding.verdict === "faulty").map((finding) => finding.check);
      expect({
        outcome: run.outcome?.kind ?? run.state,
        faulty: faulty.sort(),
        remediations: run.plan?.remediations.map((remediation) => remediation.id).sort() ?? [],
      }).toEqual({
        outcome: declared.outcome,
        faulty: [...declared.faulty].sort(),
        remediations: [...declared.remediations].sort(),
      });
      await expectPasteableCommands(run);
      expect(lockoutsOf(run).map(({ kind }) => kind)).toEqual(declared.lockouts);
      const said = run.log.map(({ message }) => message).join("\n");
      if (declared.because) expect(run.outcome?.summary ?? said).toContain(declared.because);
      if (declared.log) expect(said).toContain(declared.log);
      for (const [check, part] of Object.entries(declared.findings)) {
        expect(run.findings.find((finding) => finding.check === check)?.because).toContain(part);
      }
      expect(run.findings.filter(({ because }) => because.length > 320)).toEqual([]);
      expect(service.sandbox.budget.exceeded).toEqual([]);
      expectWithinBudget(
        `${name} (${guest})`,
        service.sandbox.scriptRuns.map(({ stdout }) => stdout),
      );

      if (run.receipts.length === 0 && windows) expect(comparableState(windows.state)).toEqual(before);
      if (run.outcome?.kind === "repaired" && windows) {
        const repaired = comparableState(windows.state);
        const again = await service.run("repair");
        expect(again.outcome?.kind).toBe(declared.again);
        expect(comparableState(windows.state)).toEqual(repaired);
        const undone = await service.undo(run.id);
        expect(undone.outcome).toMatchObject({ kind: "undone" });
        expect(undone.conflicts).toEqual([]);
        expect(comparableState(windows.state)).toEqual(before);
      }
    },
  );

  test.skipIf(!here).each(worldNames().filter((name) => readWorld(name).expectWith))(
    "%s ends as declared when more is allowed",
    async (name) => {
      const world = readWorld(name);
      service = await serveOnOneDay(world, guest);
      const windows = service.sandbox.windows(world.vms[0]?.name ?? "");
      const before = comparableState(windows.state);
      const run = await service.run("repair", world.expectWith?.options);
      if (run.state === "weakened") expect(comparableState(windows.state)).not.toEqual(before);
      const ended = run.state === "weakened" ? await service.ended(run.id) : run;
      expect(ended.outcome?.kind, ended.outcome?.summary).toBe(world.expectWith?.outcome);
      if (ended.outcome?.kind !== "repaired") expect(comparableState(windows.state)).toEqual(before);
    },
  );
});
