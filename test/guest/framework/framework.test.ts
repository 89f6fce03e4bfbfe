import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Change } from "../../../lib/core/change.ts";
import { GuestRequest } from "../../../lib/guest/protocol.ts";
import { frameworkFolders } from "../../fixtures/framework.ts";
import { hasPwsh } from "../../fixtures/pwsh.ts";
import { commandsOf, parseScript } from "../powershell/grammar.ts";
import { scanScripts } from "./scan.ts";
import unproven from "./unproven.json" with { type: "json" };

/*
 * Windows PowerShell 5.1 runs on .NET Framework: 4.6.2 on Windows Server 2016, 4.7.2 on 2019, 4.8 since 2022. That the
 * scripts run under PowerShell 7 says nothing about a type or an overload which only .NET has.
 */

const folder = new URL("../../../lib/guest/scripts/", import.meta.url);
/** The files, of which the composed scripts are made: each is looked at once. */
const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ps1"))
  .sort()
  .map((name) => readFileSync(new URL(name, folder), "utf8"));

const requestNames = [
  ...Object.keys(GuestRequest.shape),
  ...Change.options.flatMap((change) => Object.keys(change.shape)),
  // Of what a change was seen as, and of when journals go.
  ...["name", "bytes", "count", "digest", "notAfter", "TermService", "disabled", "data", "owner", "sddl"],
  ...["account", "startMode", "type", "olderThanDays", "atMost"],
];

describe.skipIf(!hasPwsh || !frameworkFolders)("held against .NET Framework", () => {
  const frameworks = frameworkFolders ?? {};

  test("every type and member that the scripts name is in 4.6.2, 4.7.2 and 4.8, and no call is misread", async () => {
    const { found, overloads, findings } = await scanScripts(texts, frameworks, requestNames);
    const isUnresolved = ({ kind }: { kind: string }) => kind === "unresolved";
    expect(findings.filter((one) => !isUnresolved(one))).toEqual(unproven.absent);
    // What this test cannot prove. The list may become shorter, and never longer, but for functions that Windows offers
    // to compiled programs alone: their class is made at run time.
    expect(findings.filter(isUnresolved).map(({ at, because }) => ({ at, because }))).toEqual(unproven.unresolved);
    const ours = unproven.unresolved.filter(({ because }) => because !== "a member of a type that is made at run time");
    expect(ours.length).toBeLessThanOrEqual(23);
    // A call that comes to take another overload is seen here.
    expect(overloads).toEqual(unproven.overloads);
    expect(found.length).toBeGreaterThan(200);
  });

  test("what only .NET has, what does not exist and what is misread is found", async () => {
    const bad = `using namespace System.IO
function Get-Bad([string]$Path) {
    $stream = [FileStream]::new($Path, 'Append', 'Write', 'Read', 4096, 'WriteThrough')
    $stream.ReadExactly([byte[]]::new(4))
    [System.Convert]::ToHexString([byte[]]::new(2))
    [System.DateOnly]::MinValue
    # It came with 4.7.2.
    [System.Linq.Enumerable]::ToHashSet(@())
    [File]::Exist($Path)
    (Get-Service -Name 'x').DependentServices.Stopp()
    [File]::ReadAllText($Path, 1, 2)
    [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($Path).CopyWithPrivateKey($Path)
}`;
    const { findings } = await scanScripts([bad], frameworks);
    expect(findings.map(({ kind, because }) => `${kind}: ${because}`).sort()).toEqual([
      "misread: the text 'WriteThrough' is taken for a bool",
      "missing: System.Convert has no ToHexString",
      "missing: System.IO.File has no Exist",
      "missing: System.IO.File has no ReadAllText of 3 arguments",
      "missing: System.IO.FileStream has no ReadExactly",
      "missing: System.Linq.Enumerable has no ToHashSet",
      "missing: System.Security.Cryptography.X509Certificates.X509Certificate2 has no CopyWithPrivateKey",
      "missing: System.ServiceProcess.ServiceController[] has no Stopp",
      "missing: no type System.DateOnly",
    ]);
  });
});

test("no script hands source code to a compiler: native calls are made by reflection emit", () => {
  const compiling = texts
    .flatMap((text) => commandsOf(parseScript(text).root))
    .filter(({ name, parameters }) => name === "Add-Type" && !parameters.includes("AssemblyName"));
  expect(compiling.map(({ node }) => node.text)).toEqual([]);
});
