import { describe, expect, test } from "vitest";
import { parseScript } from "./grammar.ts";
import {
  asciiAlone,
  countedListsAreLists,
  knownCommands,
  noAlias,
  noExitInFunction,
  noInvokeExpression,
  noLaterSyntax,
  noSyntaxError,
  noTalk,
  noTextInText,
  type Rule,
  statedErrorAction,
  windowsThroughTheAdapterAlone,
} from "./rules.ts";

const ours = new Set(["Get-Evidence", "Get-FileFacts"]);
const few = new Map([
  ["get-winevent", { module: "Microsoft.PowerShell.Diagnostics", parameters: ["FilterHashtable", "MaxEvents"] }],
  ["foreach-object", { module: "Microsoft.PowerShell.Core", parameters: ["Process"] }],
  ["get-nettcpconnection", { module: "NetTCPIP", parameters: ["LocalPort", "State"] }],
]);

/** For each rule: what it must catch, and what is fine. */
const cases: { rule: Rule; name: string; bad: string[]; good: string[] }[] = [
  {
    name: "noSyntaxError",
    rule: noSyntaxError,
    bad: ["function Get-X { ", "if ($a -eq ) { 1 }", "$x = @{ a = }"],
    good: ["function Get-X($A) { return $A }", "$x = if ($a) { 1 } else { 2 }"],
  },
  {
    name: "noLaterSyntax",
    rule: noLaterSyntax,
    bad: [
      "$x = $a ? 1 : 2",
      "$x = $a ?? 1",
      "$a?.b",
      "Get-A && Get-B",
      "Get-A || Get-B",
      "foreach -parallel ($a in $b) { 1 }",
    ],
    good: ["$a -and $b", "$x = '?'", "Get-A | Get-B"],
  },
  {
    name: "countedListsAreLists",
    rule: countedListsAreLists,
    bad: [
      "function Get-X($A) { $words = if ($A) { @(1) } else { 1, 2 }; $words.Count }",
      "function Get-X { $found = Get-Items; if ($found.Count -gt 0) { 1 } }",
      "function Get-X { $all = foreach ($one in 1, 2) { $one }; return $all.Count }",
    ],
    good: [
      "function Get-X($A) { $words = @(if ($A) { 1 }); $words.Count }",
      "function Get-X { $found = @(Get-Items); $found.Count }",
      "function Get-X { $keys = Get-Keys; $keys.count }",
    ],
  },
  { name: "asciiAlone", rule: asciiAlone, bad: ["'\u00e9'", "# \u2013", "$a\r\n"], good: ["$a = 'b'\n\t$c\n"] },
  {
    name: "noAlias",
    rule: noAlias,
    bad: [
      "$a | ? { $_ }",
      "$a | % { $_ }",
      "ls C:\\",
      "echo hi",
      "icacls.exe x",
      "$a | where { $_ }",
      'throw "$(dir)"',
    ],
    good: ["Get-Item x", "using namespace System.IO", "& $work", "$a | Where-Object { $_ }"],
  },
  {
    name: "noTalk",
    rule: noTalk,
    bad: ["Read-Host", "Write-Host 'x'", "function Get-X { $null = read-host -Prompt 'x' }"],
    good: ["Write-Output 'x'"],
  },
  {
    name: "noExitInFunction",
    rule: noExitInFunction,
    bad: ["function Get-X { exit 1 }", "function Get-X { if ($a) { $b | ForEach-Object { exit } } }"],
    good: ["function Get-X { return 1 }", "function Get-X { $exit = 1 }"],
  },
  {
    name: "noTextInText",
    rule: noTextInText,
    bad: ['"a $(Get-X "b") c"'],
    good: ["\"a $(Get-X 'b') c\"", '"a" + "b"'],
  },
  {
    name: "noInvokeExpression",
    rule: noInvokeExpression,
    bad: ["Invoke-Expression $x", "[scriptblock]::Create($x)", "Start-Process cmd"],
    good: ["& $work", "[string]$x"],
  },
  {
    name: "knownCommands",
    rule: knownCommands(ours, few),
    bad: ["Get-Error", "$a | ForEach-Object -Parallel { $_ }", "Get-WinEvent -FilterHash @{}", '"$(Get-Nothing)"'],
    good: ["Get-Evidence -Whatever 1", "get-winevent -MaxEvents 1 -ErrorAction Stop", "& $x -Any"],
  },
  {
    name: "statedErrorAction",
    rule: statedErrorAction(few),
    bad: ["Get-NetTCPConnection -LocalPort 1"],
    good: ["Get-NetTCPConnection -LocalPort 1 -ErrorAction Stop", "Get-WinEvent -MaxEvents 1"],
  },
  {
    name: "windowsThroughTheAdapterAlone",
    rule: windowsThroughTheAdapterAlone(ours),
    bad: [
      "Get-Item C:\\",
      "Get-CimInstance -ClassName Win32_Service",
      "New-Object -TypeName System.IO.FileInfo -ArgumentList x",
      "[System.IO.File]::Exists('x')",
      "[File]::Delete($x)",
      "[Microsoft.Win32.Registry]::LocalMachine",
      "Add-Type -TypeDefinition $x",
      "$env:windir",
      "Get-Secret",
    ],
    good: [
      "Get-FileFacts -Path 'x'",
      "$a | Sort-Object -Unique",
      "[System.Convert]::ToBase64String($x)",
      "[string[]]@($a)",
    ],
  },
];

describe.each(cases)("$name", ({ rule, bad, good }) => {
  test.each(bad)("catches %j", (text) => {
    expect(rule(parseScript(text))).not.toEqual([]);
  });
  test.each(good)("lets %j pass", (text) => {
    expect(rule(parseScript(text))).toEqual([]);
  });
});
