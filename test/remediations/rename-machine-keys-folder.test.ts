import { expect, test } from "vitest";
import { renameMachineKeysFolder } from "../../lib/remediations/rename-machine-keys-folder.ts";
import { fixtureThumbprint } from "../fixtures/evidence.ts";
import { evidenceWith, folder, forced, inUse, notForced, type ReadableGuest, restart } from "./evidence-with.ts";

const others = { count: 4, digest: "0123456789abcdef" };
const removes = {
  kind: "remove-rdp-certificate",
  thumbprint: fixtureThumbprint,
  was: { notAfter: "2027-03-02T00:00:00.000Z" },
};

function corrupt(guest: ReadableGuest) {
  inUse(guest).key.usable = false;
}

test("renames the folder and removes the certificate whose key stays behind", () => {
  expect(renameMachineKeysFolder.plan(evidenceWith(corrupt), notForced)).toEqual([
    { kind: "rename-machine-keys-folder", was: others, force: false },
    removes,
    restart,
  ]);
});

test("is called for by the folder's permissions too", () => {
  const evidence = evidenceWith((guest) => {
    folder(guest).sddl = "D:PAI(A;;FA;;;BA)";
  });
  expect(renameMachineKeysFolder.plan(evidence, notForced)).toHaveLength(3);
});

test.each([
  [20_000, false],
  [20_001, true],
])("of %i other keys: refuses %s, forced or not, because the copy would take too long", (count, refuses) => {
  const evidence = evidenceWith((guest) => {
    corrupt(guest);
    guest.keys.others.count = count;
  });
  for (const options of [notForced, forced]) {
    const plan = renameMachineKeysFolder.plan(evidence, options);
    expect("refused" in plan).toBe(refuses);
    if (refuses) expect(plan).toEqual({ refused: expect.stringContaining("holds 20001 other keys") });
  }
});

test("refuses when a key could not be carried back, and goes on when forced", () => {
  const evidence = evidenceWith((guest) => {
    corrupt(guest);
    guest.keys.others.unreadable = 2;
  });
  expect(renameMachineKeysFolder.plan(evidence, notForced)).toEqual({ refused: expect.stringContaining("2 of 4") });
  expect(renameMachineKeysFolder.plan(evidence, forced)).toEqual([
    { kind: "rename-machine-keys-folder", was: others, force: true },
    removes,
    restart,
  ]);
});

test("refuses a link, a missing folder and a foreign certificate even when forced", () => {
  const edits: ((guest: ReadableGuest) => void)[] = [
    (guest) => {
      folder(guest).reparsePoint = true;
    },
    (guest) => {
      guest.keys.folder = null;
    },
    (guest) => {
      guest.certificate.origin = "policy";
    },
  ];
  for (const edit of edits) {
    const evidence = evidenceWith((guest) => {
      corrupt(guest);
      edit(guest);
    });
    expect(renameMachineKeysFolder.plan(evidence, forced)).toEqual({ refused: expect.any(String) });
  }
});
