import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { commandsOf51 } from "../guest/powershell/commands-of-5.1.ts";
import { functionsOf, parseScript } from "../guest/powershell/grammar.ts";
import { asciiAlone, knownCommands, noAlias, noLaterSyntax, noSyntaxError } from "../guest/powershell/rules.ts";
import { rigTime, windowsWith } from "../guest/scenarios-rig.ts";
import { faults } from "./faults.ts";
import { look, repair, undo, verdictOf } from "./repair-cycle.ts";

/*
 * What the workflow guest-on-windows.yml does on real Windows Servers is done here on the modelled Windows, so that a
 * failure there is one of Windows and not of the steps.
 */

const now = () => rigTime;

describe.each(faults)("$name, on the modelled Windows", ({ modelled, check, remediation }) => {
  test("is found, repaired, and back after the undo", async () => {
    const windows = windowsWith(modelled);
    const run = async (script: string) => (await modelledGuest.run(windows, script)).stdout;

    expect(verdictOf((await look(run, now)).findings, check)).toBe("faulty");

    const repaired = await repair(run, now, remediation);
    expect(repaired.reply).toMatchObject({ status: "done" });
    expect(repaired.reply.receipts).toHaveLength(repaired.plan.changes.length);
    const after = await look(run, now);
    expect(verdictOf(after.findings, check)).toBe("healthy");
    expect(after.guest.handshake).toMatchObject({ result: "completed" });

    expect(await undo(run, now, repaired.runId)).toMatchObject({ status: "done", conflicts: [] });
    expect(verdictOf((await look(run, now)).findings, check)).toBe("faulty");
  });
});

test("a reply is read from what Run Command shows of an output: its last 4,096 bytes", async () => {
  const printed = async (script: string) => (await modelledGuest.run(windowsWith(), script)).stdout;
  const noise = "x".repeat(4096);
  expect((await look(async (script) => `${noise}\r\n${await printed(script)}`, now)).findings).not.toEqual([]);
  await expect(look(async (script) => `${await printed(script)}\r\n${noise}`, now)).rejects.toThrow("reply");
});

test("an unknown run is not undone", async () => {
  const run = async (script: string) => (await modelledGuest.run(windowsWith(), script)).stdout;
  expect(await undo(run, now, randomUUID())).not.toMatchObject({ status: "done" });
});

describe("the scripts that break Windows", () => {
  const folder = new URL("./", import.meta.url);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ps1"));
  const rules = { noSyntaxError, noLaterSyntax, asciiAlone, noAlias };

  test("are those of the faults", () => {
    const breaking = names.filter((name) => /^break[\\/]/.test(name)).map((name) => name.replace(/^break[\\/]/, ""));
    expect(breaking.sort()).toEqual(faults.map(({ script }) => script).sort());
  });

  describe.each(names)("%s", (name) => {
    const script = parseScript(readFileSync(new URL(name, folder), "utf8"));

    test.each(Object.entries(rules))("%s", (_, rule) => {
      expect(rule(script)).toEqual([]);
    });

    test("every command and parameter is in Windows PowerShell 5.1", () => {
      const own = new Set(functionsOf(script.root).map(({ name: one }) => one));
      expect(knownCommands(own, commandsOf51)(script)).toEqual([]);
    });
  });
});
