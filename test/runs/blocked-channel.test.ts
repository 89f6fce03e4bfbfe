import { describe, expect, test } from "vitest";
import { fail, ok, type Problem, type Result } from "../../lib/core/problem.ts";
import { unblockChannel } from "../../lib/runs/blocked-channel.ts";
import type { HeldRunCommand } from "../../lib/runs/ports.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { heldRunCommand } from "../fixtures/held-run-command.ts";
import { newRun } from "./rig.ts";

const foreignId = "00000000-0000-4000-8000-00000000beef";
const before = new Date(Date.parse(fixtureTime) - 1000).toISOString();
const ahead = new Date(Date.parse(fixtureTime) + 60_000).toISOString();
const names = "vm-app-01 --resource-group app --subscription 00000000-0000-4000-8000-000000000001";

function refusal(code: Problem["code"], message = "Could not start a Run Command."): Problem {
  return fail(code, message, { retryable: code !== "run-command-limit" }).problem;
}

async function unblocked(problem: Problem, held: Result<HeldRunCommand[]> | null, canDelete = true) {
  const deleted: string[] = [];
  const told = await unblockChannel(problem, newRun("repair"), {
    ...(held && { runCommands: { list: async () => held } }),
    channel: {
      async discard(_, name) {
        if (!canDelete) return fail("throttled", "Slow down.", { retryable: true });
        deleted.push(name);
        return ok("discarded");
      },
    },
    store: { get: async () => null },
  });
  return { told, deleted };
}

const ours = (number: number, changes: Partial<HeldRunCommand>) =>
  heldRunCommand(`rdpfix-${foreignId}-apply-${number}`, changes);
const foreign = (name: string, changes: Partial<HeldRunCommand> = {}) =>
  heldRunCommand(name, { isOurs: false, state: "Succeeded", hasEnded: true, startedAt: before, ...changes });

describe("a VM that holds as many Run Commands as Azure keeps", () => {
  const limit = refusal("run-command-limit");

  test("the oldest that this service left behind are deleted, whatever their state, and the run tries again", async () => {
    const held = [
      foreign("patch"),
      ours(1, { deadline: before, startedAt: "2026-11-01T00:00:03Z", hasEnded: true, state: "Succeeded" }),
      ours(2, { deadline: before, startedAt: "2026-11-01T00:00:01Z", state: "Running" }),
      ours(3, { deadline: ahead, startedAt: "2026-10-01T00:00:00Z", state: "Running" }),
      ...[4, 5, 6].map((second) => ours(second, { deadline: before, startedAt: `2026-11-01T00:00:0${second}Z` })),
    ];
    const { told, deleted } = await unblocked(limit, ok(held));
    expect(deleted).toEqual([2, 1, 4, 5].map((number) => `rdpfix-${foreignId}-apply-${number}`));
    expect(told).toMatchObject({ code: "run-command-limit", retryable: true, retryAfterMs: 15_000 });
    expect(told.message).toContain("5 of them were left behind by this service, and the oldest 4 are being deleted");
  });

  test("others' are left alone, and the commands for them are named, those that have ended first", async () => {
    const held = [foreign("a", { state: "Running", hasEnded: false }), ...["b", "c", "d"].map((name) => foreign(name))];
    const { told, deleted } = await unblocked(limit, ok(held));
    expect(deleted).toEqual([]);
    expect(told).toMatchObject({ code: "run-command-limit", retryable: false });
    expect(told.message).toContain("4 are not this service's: b (Succeeded), c (Succeeded), d (Succeeded) and 1 more.");
    expect(told.message).toContain(`az vm run-command list --vm-name ${names}.`);
    expect(told.message).toContain(`az vm run-command delete --vm-name ${names} --name b --yes.`);
  });

  test("one of ours that may be at work is never deleted", async () => {
    const { told, deleted } = await unblocked(limit, ok([ours(1, { deadline: ahead, state: "Running" })]));
    expect(deleted).toEqual([]);
    expect(told).toMatchObject({ retryable: false, message: expect.stringContaining("may still be at work") });
  });

  test.each([
    ["they cannot be listed", fail("right-missing", "The right is missing."), true, "could not be listed. The right"],
    ["they cannot be deleted", ok([ours(1, { deadline: before })]), false, "List them: az vm run-command list"],
    ["nothing lists them", null, true, "Could not start a Run Command."],
  ] as const)("%s: it stays refused, and says so", async (_, held, canDelete, part) => {
    const { told } = await unblocked(limit, held, canDelete);
    expect(told).toMatchObject({ code: "run-command-limit", retryable: false, message: expect.stringContaining(part) });
  });
});

test("an action Run Command that stays busy is answered with both commands that remove its extension", async () => {
  const { told } = await unblocked(refusal("run-command-busy"), ok([]));
  expect(told.retryable).toBe(true);
  expect(told.message).toContain(
    `az vm run-command invoke --name ${names} --command-id RemoveRunCommandWindowsExtension`,
  );
  expect(told.message).toContain(`az vm extension delete --vm-name ${names} --name RunCommandWindows`);
});

test("the extension that is marked for deletion is the one that the command deletes", async () => {
  const message =
    "Could not start a Run Command in VM a: the extension RunCommandHandlerWindows is being removed, and so on.";
  const { told } = await unblocked(refusal("run-command-extension", message), ok([]));
  expect(told.message).toContain(`az vm extension delete --vm-name ${names} --name RunCommandHandlerWindows`);
});

test("any other refusal stays as it is, and nothing is asked", async () => {
  const held = () => Promise.reject(new Error("must not be asked"));
  const problem = refusal("vm-busy");
  const store = { get: held };
  expect(
    await unblockChannel(problem, newRun("repair"), { runCommands: { list: held }, channel: { discard: held }, store }),
  ).toBe(problem);
});
