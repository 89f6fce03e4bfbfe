import { describe, expect, test } from "vitest";
import { composeScript, scriptNames } from "../../lib/guest/compose.ts";
import { compressScript } from "../../lib/guest/compressed-script.ts";
import { parseReply } from "../../lib/guest/reply.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { pwshGuest } from "../../sandbox/guest/pwsh-guest.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { pwsh } from "../fixtures/pwsh.ts";
import { runPwsh } from "./powershell/run-pwsh.ts";
import { emptyRequest } from "./requests.ts";
import { ask, changes, gist, look, renameRdpKey, restart, runId, set, windowsWith } from "./scenarios-rig.ts";

/* The PowerShell in which Run Command starts a script is somebody else's: its language, its profile, its policies. */

const cultures = ["de-DE", "tr-TR", "ja-JP", "ar-SA"].map((name) => ({
  name: `the culture ${name}`,
  prelude: `[cultureinfo]::CurrentCulture = '${name}'; [cultureinfo]::CurrentUICulture = '${name}'`,
}));

const preferences = `
$ErrorActionPreference = 'SilentlyContinue'
$ProgressPreference = 'Continue'
$VerbosePreference = 'Continue'
$DebugPreference = 'Continue'
$InformationPreference = 'Continue'
$WhatIfPreference = $true
$ConfirmPreference = 'Low'
$FormatEnumerationLimit = 1
$MaximumErrorCount = 1
$OFS = '-'
$OutputEncoding = [System.Text.Encoding]::Unicode
$PSStyle.OutputRendering = 'Ansi'
$PSModuleAutoLoadingPreference = 'ModuleQualified'
Set-StrictMode -Off`;

const hostile = [
  ...cultures,
  { name: "preferences from outside", prelude: preferences },
  {
    name: "default parameters from outside",
    prelude: `$PSDefaultParameterValues = @{
    '*:ErrorAction' = 'SilentlyContinue'; '*:Verbose' = $true; 'Sort-Object:Descending' = $true
    'Select-Object:First' = 1; 'Group-Object:AsHashTable' = $true; 'Start-Sleep:Seconds' = 1000
}`,
  },
  {
    name: "a profile that prints 64 KB and defines names of its own",
    prelude: `
1..64 | ForEach-Object { 'RDP-REMEDIATION-REPLYX ' + 'x' * 1000 }
$Request = 'mine'; $Journal = 7; $Native = 'mine'; $state = @(1)
Set-Alias -Name gci -Value Write-Output
Set-Location -Path /`,
  },
];

describe.skipIf(pwsh === null)("under pwsh", () => {
  const make = changes(set("terminal-server/fDenyTSConnections", 0), renameRdpKey, restart);
  const faults = ["remote-desktop-disabled", "key-corrupt"] as const;

  test.each(hostile)("$name: an apply does and says the same", async ({ prelude }) => {
    const [plain, odd] = [windowsWith(...faults), windowsWith(...faults)];
    const request = { runId: runId(1), step: "apply-1", changes: make(await look(modelledGuest, plain)) };
    const expected = await ask(modelledGuest, plain, "apply", request);
    const { reply } = await ask(pwshGuest(pwsh ?? "", prelude), odd, "apply", request);
    expect(gist(reply)).toEqual(gist(expected.reply));
    expect(comparableState(odd.state)).toEqual(comparableState(plain.state));
  });

  test("an output that breaks costs the reply and nothing else: the work is done, and done once", async () => {
    // It takes eight bytes and fails then, as a pipe does whose reader has gone.
    const prelude = `
$broken = [System.IO.StreamWriter]::new([System.IO.MemoryStream]::new([byte[]]::new(8), $true))
$broken.AutoFlush = $true
[Console]::SetOut($broken)`;
    const [plain, odd] = [windowsWith(...faults), windowsWith(...faults)];
    const request = { runId: runId(1), step: "apply-1", changes: make(await look(modelledGuest, plain)) };
    await ask(modelledGuest, plain, "apply", request);
    const script = composeScript("apply", { ...emptyRequest, ...request });
    const { stdout } = await pwshGuest(pwsh ?? "", prelude).run(odd, script);
    expect(parseReply(stdout, request)).toMatchObject({ ok: false, problem: { code: "reply-missing" } });
    expect(comparableState(odd.state)).toEqual(comparableState(plain.state));
    const again = await ask(pwshGuest(pwsh ?? ""), odd, "apply", request);
    expect(again.reply.status).toBe("repeated");
  });

  test("in the constrained language every script says so in its first line, and nothing else", async () => {
    const body = `
$state = [initialsessionstate]::CreateDefault2()
$state.LanguageMode = 'ConstrainedLanguage'
foreach ($text in (ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText("$Folder/input.json")))) {
    $shell = [powershell]::Create($state)
    $said = $shell.AddScript($text).Invoke()
    "$said"
    "errors: $($shell.Streams.Error.Count)"
}`;
    const whole = scriptNames.map((name) => composeScript(name, emptyRequest));
    const texts = [...whole, compressScript("collect", whole[0] ?? "")];
    const lines = await runPwsh([], body, texts);
    expect(lines).toEqual(texts.flatMap(() => ["RDP-REMEDIATION-BLOCKED ConstrainedLanguage", "errors: 0"]));
    const read = parseReply(`${lines[0]}\r\n`, emptyRequest);
    expect(read).toMatchObject({ ok: false, problem: { code: "script-blocked", retryable: false } });
    expect(!read.ok && read.problem.message).toContain("App Control");
  });
});

test.each([
  [
    "File C:\\x.ps1 cannot be loaded because running scripts is disabled on this system.\n    + FullyQualifiedErrorId : UnauthorizedAccess",
  ],
  ["    + CategoryInfo          : Sicherheitsfehler: (:) [], PSSecurityException"],
])("an execution policy that keeps the script from starting is told as that, in every language", (errors) => {
  const read = parseReply("", emptyRequest, errors);
  expect(read).toMatchObject({ ok: false, problem: { code: "script-blocked" } });
  expect(!read.ok && read.problem.message).toContain("execution policy");
  // What a program prints before a good reply, or after none, is no such error.
  expect(parseReply("UnauthorizedAccessException: x", emptyRequest)).toMatchObject({
    problem: { code: "reply-missing" },
  });
});
