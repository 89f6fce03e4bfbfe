import { describe, expect, test } from "vitest";
import { readArguments } from "../../cli/arguments.ts";
import { commandNames, commandOf } from "../../cli/command-table.ts";
import { flagNames, flagOf } from "../../cli/flags.ts";
import { risks } from "../../lib/core/risk.ts";
import { outcomes, runStates } from "../../lib/core/run.ts";

async function read(line: string) {
  return readArguments(line.split(" ").filter(Boolean));
}

describe("what is meant", () => {
  test("a command, its operand and its flags, in any order", async () => {
    for (const line of ["repair VM --json --max-risk low", "--json repair --max-risk=low VM"]) {
      expect(await read(line)).toMatchObject({
        ok: true,
        value: {
          kind: "command",
          command: "repair",
          operand: "VM",
          options: { json: true, "max-risk": "low", "dry-run": false },
        },
      });
    }
  });

  test.each([
    ["", { kind: "help", command: undefined, asked: false }],
    ["--help", { kind: "help", command: undefined, asked: true }],
    ["-h", { kind: "help", command: undefined, asked: true }],
    ["help", { kind: "help", command: undefined, asked: true }],
    ["help undo", { kind: "help", command: "undo", asked: true }],
    ["undo x --help --bogus", { kind: "help", command: "undo", asked: true }],
    ["--version", { kind: "version" }],
  ])("%j", async (line, value) => {
    expect(await read(line)).toEqual({ ok: true, value });
  });

  test.each([
    ["diagnose VM --checks a,b --checks c", { checks: ["a", "b", "c"] }],
    [
      "diagnose VM --from 203.0.113.7 --from 10.0.0.0/8,VirtualNetwork",
      { from: ["203.0.113.7", "10.0.0.0/8", "VirtualNetwork"] },
    ],
    ["diagnose VM --from 2001:db8::/32", { from: ["2001:db8::/32"] }],
    ["diagnose VM", { guest: "auto", from: [] }],
    ["repair VM", { force: false }],
    ["repair -g rg-app -n vm-app-01", { "resource-group": "rg-app", name: "vm-app-01" }],
    ["runs", { limit: 20 }],
    ["runs --limit 100", { limit: 100 }],
    ["decide RUN --reject --reason=later", { reject: true, approve: false, reason: "later" }],
  ])("%j", async (line, options) => {
    expect(await read(line)).toMatchObject({ ok: true, value: { options } });
  });
});

describe("what cannot be meant", () => {
  test.each([
    ["repiar VM", /no command "repiar".*mean repair/],
    ["explode", /no command "explode".*diagnose, repair/],
    ["help explode", /no command "explode"/],
    ["repair VM --jsno", /no flag --jsno.*mean --json/],
    ["repair VM --dry", /no flag --dry\. Did you mean --dry-run\?/],
    ["repair VM -x", /no flag -x/],
    ["-v", /no command here, and no flag -v\./],
    ["--sandbx", /no command here, and no flag --sandbx\./],
    ["--dry-run", /--dry-run needs a command/],
    ["repair VM --verbose", /no flag --verbose.*--subscription/],
    ["show RUN --dry-run", /show has no flag --dry-run/],
    ["undo RUN --sandbox healthy", /undo has no flag --sandbox/],
    ["repair VM --max-risk", /--max-risk needs a value: --max-risk RISK/],
    ["repair VM --max-risk --json", /--max-risk needs a value/],
    ["repair VM --max-risk huge", /"huge".*choose one of none, low, interrupts-sessions/],
    ["repair VM --json=yes", /--json takes no value/],
    ["repair VM OTHER", /"OTHER" is one argument too many for repair/],
    ["runs VM", /"VM" is one argument too many for runs/],
    ["runs --limit 0", /whole number from 1 to 100/],
    ["runs --limit 1e1", /whole number from 1 to 100/],
    ["diagnose VM --checks a,,b", /--checks.*must not be empty/],
    ["diagnose VM --from everywhere", /must be addresses, CIDRs, VirtualNetwork or Internet/],
    ["diagnose VM --from 10.0.0.0/33", /must be addresses/],
    ["diagnose VM --from 10.0.0.0/8/8", /must be addresses/],
    ["runs --since yesterday", /--since "yesterday" cannot be used: it must be 30m, 12h, 7d or a time/],
    ["diagnose VM --guest real", /"real".*choose one of auto, modelled, pwsh/],
  ])("%j", async (line, sentence) => {
    expect(await read(line)).toMatchObject({
      ok: false,
      problem: { code: "invalid-input", message: expect.stringMatching(sentence) },
    });
  });
});

test("every flag belongs to some command, and no command names one twice", () => {
  const used = commandNames.flatMap((name) => commandOf(name).flags);
  expect(flagNames.filter((name) => !used.includes(name))).toEqual([]);
  for (const name of commandNames) expect(new Set(commandOf(name).flags).size).toBe(commandOf(name).flags.length);
});

test("every example of the help is a command line that is understood", async () => {
  for (const name of commandNames) {
    for (const parts of commandOf(name).examples) expect(await read(parts.join(" "))).toMatchObject({ ok: true });
  }
});

test("the flags name every risk, state and outcome, in the order of lib/core", () => {
  expect(flagOf("max-risk").choices).toEqual(risks);
  expect(flagOf("state").choices).toEqual(runStates);
  expect(flagOf("outcome").choices).toEqual(outcomes);
});
