import { describe, expect, test } from "vitest";
import { restoreLogOnRights } from "../../lib/remediations/restore-log-on-rights.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import type { FaultName } from "../../sandbox/windows/faults.ts";
import { journalRoot } from "../../sandbox/windows/files.ts";
import { evidenceOf, plannedFor } from "./remedied.ts";
import {
  ask,
  changes,
  grantAccess,
  guests,
  look,
  type MakeChanges,
  renameRdpKey,
  restart,
  runId,
  set,
  windowsWith,
} from "./scenarios-rig.ts";

/* A journal is data on a disk: what it names is held against the allow-list again before anything is rolled back. */

const outside = "C:\\\\Windows\\\\System32\\\\drivers\\\\etc\\\\hosts";

/** As the remediation of log-on rights plans it. */
const takeDenies: MakeChanges = (guest) => plannedFor(restoreLogOnRights, evidenceOf(guest));

const tampered: { name: string; faults: FaultName[]; make: MakeChanges; edit: (journal: string) => string }[] = [
  {
    name: "a value that no change writes",
    faults: ["security-layer-weak"],
    make: set("rdp-tcp/SecurityLayer", 2),
    edit: (journal) => journal.replaceAll('"name":"SecurityLayer"', '"name":"Shadow"'),
  },
  {
    name: "permissions of a file elsewhere",
    faults: ["key-permissions-denied"],
    make: grantAccess("rdp-key"),
    edit: (journal) => journal.replace(/"path":"[^"]*f686aace[^"]*"/g, `"path":"${outside}"`),
  },
  {
    name: "a key put aside outside of the journal",
    faults: ["key-corrupt"],
    make: renameRdpKey,
    edit: (journal) => journal.replace(/"(out|to)":"C:[^"]*RdpRemediation[^"]*"/g, `"$1":"${outside}"`),
  },
  {
    name: "a right that is not about logging on",
    faults: ["rdp-log-on-denied"],
    make: takeDenies,
    edit: (journal) => journal.replaceAll('"right":"SeDenyRemoteInteractiveLogonRight"', '"right":"SeDebugPrivilege"'),
  },
  {
    name: "a right of an account that is not well-known",
    faults: ["rdp-log-on-denied"],
    make: takeDenies,
    edit: (journal) => journal.replace(/"sid":"S-1-[-0-9]+"/g, '"sid":"S-1-5-21-1-2-3-1001"'),
  },
];

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("a journal that somebody changed", () => {
    test.each(tampered)("to $name is not followed, by an undo", async ({ faults, make, edit }) => {
      const windows = windowsWith(...faults);
      const list = changes(make, restart)(await look(modelledGuest, windows));
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply.status).toBe("done");
      const journal = windows.state.files[`${journalRoot}\\${runId(1)}\\journal.jsonl`];
      if (!journal) throw new Error("There is no journal.");
      const former = journal.content;
      journal.content = edit(former);
      expect(journal.content).not.toBe(former);
      const before = comparableState(windows.state);
      const undo = { runId: runId(2), step: "undo-1", undoes: runId(1) };
      expect((await ask(guest, windows, "undo", undo)).reply).toMatchObject({
        status: "refused",
        receipts: [],
        reason: expect.stringContaining("never changes"),
      });
      expect(comparableState(windows.state)).toEqual(before);
      // The journal as it was is good still.
      journal.content = former;
      const again = { ...undo, runId: runId(3) };
      expect((await ask(guest, windows, "undo", again)).reply.status).toBe("done");
    });

    test("is not followed by the step after an interrupted one either", async () => {
      const windows = windowsWith("security-layer-weak");
      const list = changes(
        set("rdp-tcp/SecurityLayer", 2),
        set("rdp-tcp/UserAuthentication", 1),
      )(await look(modelledGuest, windows));
      let calls = 0;
      windows.onCall = (name) => {
        if (name === "Set-RegistryData") calls += 1;
        if (calls > 1) throw new Error("killed");
      };
      const request = { runId: runId(1), step: "apply-1", changes: list };
      await ask(guest, windows, "apply", request).catch(() => null);
      windows.onCall = () => {};
      const journal = windows.state.files[`${journalRoot}\\${runId(1)}\\journal.jsonl`];
      if (!journal) throw new Error("There is no journal.");
      journal.content = journal.content.replaceAll('"name":"SecurityLayer"', '"name":"Shadow"');
      const before = comparableState(windows.state);
      const { reply } = await ask(guest, windows, "apply", { ...request, step: "apply-2" });
      expect(reply).toMatchObject({ receipts: [], reason: expect.stringContaining("never changes") });
      expect(reply.status).not.toBe("done");
      expect(comparableState(windows.state)).toEqual(before);
    });
  });
});
