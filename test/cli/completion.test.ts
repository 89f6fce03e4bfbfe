import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { commandNames, commandOf } from "../../cli/command-table.ts";
import { completionScript } from "../../cli/completion.ts";
import { risks } from "../../lib/core/risk.ts";
import { findOnPath, findPwsh } from "../../scripts/tools/locate.ts";
import { hasPwsh } from "../fixtures/pwsh.ts";
import { call } from "./call.ts";

/* The scripts are loaded by the shells themselves, which then say what they would propose. */

const worlds = ["healthy", "several-faults"];
const zsh = findOnPath("zsh");

/** What is proposed for the last of these words, in the order of the table. */
const cases: [words: string[], proposed: string[]][] = [
  [["rep"], ["repair"]],
  [["repair", "--max-risk", ""], [...risks]],
  [["repair", "--sandbox", "h"], ["healthy"]],
  [["--json", "repair", "--dry"], ["--dry-run"]],
  [["sandbox", "sev"], ["several-faults"]],
  [
    ["completion", ""],
    ["bash", "zsh", "powershell", "--help"],
  ],
  [
    ["runs", "--"],
    [...commandOf("runs").flags.map((flag) => `--${flag}`), "--help"],
  ],
  [
    ["fleet", "re"],
    ["repair", "results", "resume"],
  ],
  [
    ["fleet", "show", "--"],
    ["--service", "--profile", "--output", "--query", "--json", "--help"],
  ],
  [[""], [...new Set(commandNames.map((name) => name.split(" ")[0] ?? "")), "--help", "--version"]],
];

describe("bash", () => {
  test.each(cases)("%j", (words, proposed) => {
    const line = ["rdp-remediation", ...words];
    const script = `${completionScript("bash", worlds)}
COMP_WORDS=(${line.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}
_rdp_remediation; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const said = execFileSync("bash", ["--noprofile", "--norc", "-c", script], { encoding: "utf8" });
    expect(said.split("\n").filter(Boolean)).toEqual(proposed);
  });

  test("both names of the program are completed", () => {
    const script = `${completionScript("bash", worlds)}\ncomplete -p rdp-remediation rdpfix`;
    expect(execFileSync("bash", ["-c", script], { encoding: "utf8" }).split("\n")).toHaveLength(3);
  });
});

describe.skipIf(!zsh)("zsh", () => {
  test.each(cases)("%j", (words, proposed) => {
    // The shell offers what compadd is given and filters it by the word; here that is printed instead.
    const script = `compdef() { : }; compadd() { shift; print -l -- "$@" }
${completionScript("zsh", worlds)}
words=(rdp-remediation ${words.map((word) => `'${word}'`).join(" ")}); CURRENT=${words.length + 1}
_rdp_remediation`;
    const said = spawnSync("zsh", ["-f", "-c", script], { encoding: "utf8" });
    expect(said.stderr).toBe("");
    const offered = said.stdout.split("\n").filter((word) => word !== "" && word.startsWith(words.at(-1) ?? ""));
    expect(offered).toEqual(proposed);
  });
});

describe.skipIf(!hasPwsh)("PowerShell", () => {
  test("all of them, by TabExpansion2", () => {
    const lines = cases.map(([words]) => ["rdp-remediation", ...words].join(" "));
    const script = `${completionScript("powershell", worlds)}
foreach ($line in @(${lines.map((line) => `'${line}'`).join(", ")})) {
  $found = @((TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches | ForEach-Object { $_.CompletionText })
  Write-Output ($found -join ' ')
}`;
    const args = ["-NoProfile", "-NonInteractive", "-Command", script];
    const said = execFileSync(findPwsh() ?? "pwsh", args, { encoding: "utf8" });
    expect(said.trimEnd().split(/\r?\n/)).toEqual(cases.map(([, proposed]) => proposed.join(" ")));
  });
});

test("another shell is refused, with the known ones named", async () => {
  const { code, said } = await call(["completion", "fish"], { environment: {} });
  expect(code).toBe(2);
  expect(said).toContain("bash, zsh, powershell");
});
