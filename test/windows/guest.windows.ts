import { beforeAll, describe, expect, test } from "vitest";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import { faults } from "./faults.ts";
import { breakWindows, runAsSystem, runHere } from "./real-windows.ts";
import { type Look, look, repair, undo, verdictOf } from "./repair-cycle.ts";

/*
 * On a real Windows Server that may be broken: Remote Desktop is broken for real, the shipped scripts repair it in Windows
 * PowerShell 5.1 as SYSTEM, the handshake proves it, the undo brings the fault back, and a second repair ends well. Run
 * by .github/workflows/guest-on-windows.yml, and nowhere by itself.
 */

const now = () => new Date();

function handshake({ guest }: Look): string {
  return isUnreadable(guest.handshake) ? guest.handshake.unreadable : guest.handshake.result;
}

beforeAll(() => runHere("prepare.ps1"));

test("a Windows Server in good health is found so, in Windows PowerShell 5.1, with every section readable", async () => {
  const seen = await look(runAsSystem, now);
  const unreadable = Object.entries(seen.guest).filter(([, section]) => isUnreadable(section));
  expect(unreadable).toEqual([]);
  expect(seen.guest.system).toMatchObject({ powershell: expect.stringMatching(/^5\.1\./) });
  expect(handshake(seen)).toBe("completed");
  for (const { check } of faults) expect([check, verdictOf(seen.findings, check)]).toEqual([check, "healthy"]);
});

describe.each(faults)("$name", ({ script, check, remediation }) => {
  test("is found, repaired with a handshake, back after the undo, and repaired again", async () => {
    await breakWindows(script);
    expect(verdictOf((await look(runAsSystem, now)).findings, check)).toBe("faulty");

    const first = await repair(runAsSystem, now, remediation);
    expect(first.reply).toMatchObject({ status: "done" });
    const repaired = await look(runAsSystem, now);
    expect([verdictOf(repaired.findings, check), handshake(repaired)]).toEqual(["healthy", "completed"]);

    expect(await undo(runAsSystem, now, first.runId)).toMatchObject({ status: "done" });
    expect(verdictOf((await look(runAsSystem, now)).findings, check)).toBe("faulty");

    const second = await repair(runAsSystem, now, remediation);
    expect(second.reply).toMatchObject({ status: "done" });
    const end = await look(runAsSystem, now);
    expect([verdictOf(end.findings, check), handshake(end)]).toEqual(["healthy", "completed"]);
  });
});
