import { describe, expect, test } from "vitest";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { journalRoot } from "../../sandbox/windows/files.ts";
import { hasPwsh } from "../fixtures/pwsh.ts";
import { runPwsh } from "./powershell/run-pwsh.ts";
import { ask, changes, guests, look, restart, runId, set, windowsWith } from "./scenarios-rig.ts";

const enable = changes(set("terminal-server/fDenyTSConnections", 0), restart);

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("the format of a journal", () => {
    async function repaired() {
      const windows = windowsWith("remote-desktop-disabled");
      const broken = comparableState(windows.state);
      const list = enable(await look(modelledGuest, windows));
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply.status).toBe("done");
      const journal = windows.state.files[`${journalRoot}\\${runId(1)}\\journal.jsonl`];
      if (!journal) throw new Error("There is no journal.");
      return { windows, broken, list, journal };
    }
    const undo = { runId: runId(2), step: "undo-1", undoes: runId(1) };

    test("is a number in the first line, and nowhere else", async () => {
      const { journal } = await repaired();
      const lines = journal.content.split("\n").filter((line) => line !== "");
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({ format: 1 });
      expect(lines.slice(1).join()).not.toContain('"format"');
    });

    test("of another number is told, and nothing is touched: no undo, no further step, no retention", async () => {
      const { windows, list, journal } = await repaired();
      journal.content = journal.content.replace('"format":1', '"format":2');
      const before = structuredClone(windows.state.files[`${journalRoot}\\${runId(1)}\\journal.jsonl`]);
      const state = comparableState(windows.state);
      const undone = await ask(guest, windows, "undo", undo);
      expect(undone.reply).toMatchObject({ status: "refused", reason: expect.stringContaining("format 2") });
      const next = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-2", changes: list });
      expect(next.reply).toMatchObject({ status: "journal-unusable", reason: expect.stringContaining("format 2") });
      expect(comparableState(windows.state)).toEqual(state);
      expect(windows.state.files[`${journalRoot}\\${runId(1)}\\journal.jsonl`]).toEqual(before);

      const folder = windows.state.files[`${journalRoot}\\${runId(1)}`];
      if (folder) folder.writtenAt = "2026-01-01T00:00:00.000Z";
      const retention = { olderThanDays: 1, atMost: 1 };
      const other = await ask(guest, windows, "apply", { runId: runId(4), step: "apply-1", changes: [], retention });
      expect(other.reply).toMatchObject({ status: "done", journalsDeleted: 0 });
    });

    test("may be missing: such a journal is of before there were numbers", async () => {
      const { windows, broken, journal } = await repaired();
      journal.content = journal.content.replace(/^.*"format":1.*\n+/, "");
      expect((await ask(guest, windows, "undo", undo)).reply.status).toBe("done");
      expect(comparableState(windows.state)).toEqual(broken);
    });

    test("a line that was torn blocks nothing else", async () => {
      const { windows, broken, journal } = await repaired();
      journal.content += '{"phase":"inte\n';
      expect((await ask(guest, windows, "undo", undo)).reply.status).toBe("done");
      expect(comparableState(windows.state)).toEqual(broken);
    });
  });
});

test.skipIf(!hasPwsh)("no beginning of a line is taken for a line", async () => {
  const entry = {
    at: "2026-11-21T08:00:00.000Z",
    label: { kind: "set-registry-value", target: 'a } in "quotes" {[' },
    operation: { from: null, kind: "resource", to: { data: [1, 20], type: "binary" } },
    rollsBack: null,
    seq: 12,
    step: "apply-1",
  };
  const body = `
$line = '${JSON.stringify(entry)}'
$taken = @(for ($length = 1; $length -lt $line.Length; $length += 1) { try { $null = ConvertFrom-JsonText $line.Substring(0, $length); $length } catch { $null = $_ } })
"taken: $taken"
(ConvertFrom-JsonText $line).step`;
  expect(await runPwsh(["text.ps1", "json.ps1"], body)).toEqual(["taken: ", "apply-1"]);
});

test("a damaged line whose operation was done is a conflict of the undo", async () => {
  const [, scripts] = guests;
  if (scripts.skip) return;
  const windows = windowsWith("remote-desktop-disabled");
  const list = enable(await look(modelledGuest, windows));
  await ask(scripts.guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
  const journal = windows.state.files[`${journalRoot}\\${runId(1)}\\journal.jsonl`];
  if (!journal) throw new Error("There is no journal.");
  const lines = journal.content.split("\n");
  const at = lines.findIndex((line) => line.includes('"intend"') && line.includes("fDenyTSConnections"));
  lines[at] = lines[at]?.slice(0, 40) ?? "";
  journal.content = lines.join("\n");
  const { reply } = await ask(scripts.guest, windows, "undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
  expect(reply).toMatchObject({ status: "done", conflicts: [expect.stringContaining("is damaged")] });
});
