import { createHash } from "node:crypto";
import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GuestEvidence } from "../../lib/core/guest-evidence.ts";
import { composeScript, scriptNames } from "../../lib/guest/compose.ts";
import { maximumReplyBytes } from "../../lib/guest/protocol.ts";
import { parseReply } from "../../lib/guest/reply.ts";
import { healthyGuestEvidence } from "../fixtures/evidence.ts";
import { hasPwsh } from "../fixtures/pwsh.ts";
import { runPwsh, sourceOf } from "./powershell/run-pwsh.ts";
import { emptyRequest, largestRequest } from "./requests.ts";

/** The files of a script in the order in which they are included, each without the lines that include others. */
function filesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const [own, included]: [string[], string[]] = [[], []];
  for (const line of sourceOf(file).split("\n")) {
    const name = /^\. "\$PSScriptRoot\/(.*)"$/.exec(line)?.[1];
    if (name) included.push(...filesOf(posix.join(posix.dirname(file), name), seen));
    else own.push(line);
  }
  return [...included, own.join("\n")];
}

const json = 'ConvertFrom-Json -InputObject ([File]::ReadAllText("$Folder/input.json")) -AsHashtable -DateKind String';

/** Kind and text of every token that means something; what a text includes is a part of its token. */
const printTokens = `
foreach ($text in (${json})) {
    $tokens = $null
    $errors = $null
    $null = [System.Management.Automation.Language.Parser]::ParseInput($text, [ref]$tokens, [ref]$errors)
    $names = @($tokens | Where-Object { $_.Kind -notin 'NewLine', 'Comment', 'EndOfInput' } | ForEach-Object { "$($_.Kind) $($_.Text)" })
    ConvertTo-Json -Compress -InputObject @{ errors = @($errors | ForEach-Object { "$_" }); tokens = $names }
}`;

async function tokensOf(texts: string[]): Promise<{ errors: string[]; tokens: string[] }[]> {
  return (await runPwsh([], printTokens, texts)).map((line) => JSON.parse(line));
}

describe.skipIf(!hasPwsh)("under pwsh", () => {
  test.each(scriptNames)("%s is what PowerShell's own parser makes of its files, in less room", async (name) => {
    const whole = filesOf(`${name}.ps1`).join("\n");
    const using = whole.split("\n").filter((line) => line.startsWith("using "));
    const rest = whole.split("\n").filter((line) => !line.startsWith("using ") && line !== "$RequestText = ''");
    const [plain, composed] = await tokensOf([
      [...using, "$RequestText = ''", ...rest].join("\n"),
      composeScript(name, emptyRequest).replace(/^(\$RequestText = )'.*'$/m, "$1''"),
    ]);
    expect(plain?.errors).toEqual([]);
    expect(composed?.errors).toEqual([]);
    // Line breaks within a here-string are the same; blanks there are not.
    const tidy = (tokens?: string[]) => tokens?.map((token) => token.replace(/\s*([={},;|])\s*/g, "$1"));
    expect(tidy(composed?.tokens)).toEqual(tidy(plain?.tokens));
  });

  test("JSON goes in and out unchanged, in one spelling", async () => {
    const values = fc.sample(fc.jsonValue({ noUnicodeString: false }).map(wholeNumbers), { numRuns: 200, seed: 904 });
    const body = `
foreach ($text in (${json})) { ConvertTo-JsonText (ConvertFrom-JsonText $text) }`;
    const texts = values.map((value) => JSON.stringify({ value }));
    const answers = await runPwsh(["text.ps1", "json.ps1"], body, texts);
    expect(answers.map((line) => JSON.parse(line))).toEqual(texts.map((text) => JSON.parse(text)));
    for (const line of answers) expect(line).toMatch(/^[\x20-\x7e]*$/);
  });

  test("JSON keeps dates as texts, lists of one and of none, and members with awkward names", async () => {
    const text = '{"Keys":[1],"a/b":[[]],"count":null,"date":"2026-11-21T08:00:00.000Z","none":[],"two":[["x"],true]}';
    expect(await runPwsh(["text.ps1", "json.ps1"], `ConvertTo-JsonText (ConvertFrom-JsonText '${text}')`)).toEqual([
      text,
    ]);
  });

  test("a request is read as it was sent, and a damaged one is not", async () => {
    const slot = /^\$RequestText = .*$/m.exec(composeScript("apply", largestRequest))?.[0] ?? "";
    const body = `${slot}
ConvertTo-JsonText (Read-Request $RequestText)
foreach ($bad in '', 'a', "H4sI'; exit", ($RequestText -replace 'H4sI', 'H4sJ')) { try { Read-Request $bad } catch { 'refused' } }`;
    const [request = "", ...refusals] = await runPwsh(["text.ps1", "json.ps1", "request.ps1"], body);
    expect(JSON.parse(request)).toEqual(JSON.parse(JSON.stringify(largestRequest)));
    expect(refusals).toEqual(["refused", "refused", "refused", "refused"]);
  });

  const reply = `
$Request = @{ runId = '${emptyRequest.runId}'; step = '${emptyRequest.step}' }
function Get-Evidence { return (${json}) }`;
  const replyFiles = ["constants.ps1", "reply-pieces.ps1", "text.ps1", "json.ps1", "reply.ps1"];

  test("a reply arrives whole", async () => {
    const evidence = healthyGuestEvidence();
    const body = `${reply}
$label = @{ kind = 'grant-key-access'; target = "a\`tb" }
Format-Reply (New-Reply $Request 'rolled-back' "why\`n then" @(New-Receipt $label $true 'note') @('one'))`;
    const read = parseReply((await runPwsh(replyFiles, body, evidence)).join("\n"), emptyRequest);
    expect(read).toEqual({
      ok: true,
      value: {
        version: 1,
        runId: emptyRequest.runId,
        step: emptyRequest.step,
        status: "rolled-back",
        reason: "why  then",
        receipts: [{ kind: "grant-key-access", target: "a b", changed: true, note: "note" }],
        conflicts: ["one"],
        journalsDeleted: 0,
        dropped: [],
        evidence,
      },
    });
  });

  test("a reply that would not fit drops sections in their order, and then what else is long", async () => {
    const body = `${reply}
Format-Reply (New-Reply $Request 'done')
$conflicts = @(foreach ($at in 1..64) { -join (1..12 | ForEach-Object { [guid]::NewGuid() }) })
Format-Reply (New-Reply $Request 'done' '' @() $conflicts)`;
    const [first = "", second = ""] = await runPwsh(replyFiles, body, wordyEvidence());
    expect(parseReply(first, emptyRequest)).toMatchObject({
      ok: true,
      value: {
        dropped: ["installedProducts", "events", "dependents", "guestNetwork", "firewall"],
        evidence: { events: { unreadable: expect.any(String) }, keys: { dependents: [] }, sessions: { active: 0 } },
      },
    });
    const firstDropped = [
      "installedProducts",
      "events",
      "dependents",
      "guestNetwork",
      "firewall",
      "sessions",
      "logOns",
    ];
    const next = ["licensing", "subsystem", "domain", "rights", "system", "schannel", "agent", "journal"];
    const last = ["supportingServices", "keys", "listener", "services", "registry"];
    const all = [...firstDropped, ...next, ...last];
    expect(parseReply(second, emptyRequest)).toMatchObject({
      ok: true,
      value: { dropped: [...all, "certificate", "handshake", "conflicts"], conflicts: [], status: "done" },
    });
    for (const line of [first, second]) expect(line.length).toBeLessThanOrEqual(maximumReplyBytes);
  });

  test("what is longer than the schema has room for is cut, or unreadable where it is compared", async () => {
    const files = ["constants.ps1", "text.ps1", "evidence.ps1", "json.ps1"];
    const body = `
$section = Get-Section { @{ others = @(1..20); wdName = 'x' * 2000 + [char]27; sddl = 'y' * 2000 } }
ConvertTo-JsonText $section
ConvertTo-JsonText (Get-Section { @{ sddl = 'y' * 2049 } })
ConvertTo-JsonText (Get-Section { throw 'no' })
ConvertTo-JsonText (Get-Section { , @() })
ConvertTo-JsonText (Get-Section { , @(@{ id = 1 }) })`;
    const [cut, long, failed, none, one] = (await runPwsh(files, body)).map((line) => JSON.parse(line));
    expect(cut).toEqual({ others: [1, 2, 3, 4, 5, 6, 7, 8], wdName: `${"x".repeat(509)}...`, sddl: "y".repeat(2000) });
    expect(long).toEqual({ unreadable: expect.stringContaining("2049") });
    expect([failed, none, one]).toEqual([{ unreadable: "no" }, [], [{ id: 1 }]]);
  });

  test("the file of a key container is found by the container's name", async () => {
    const body = `
function Get-MachineGuid { '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed' }
function Get-MachineKeysPath { "$Folder/keys" }
$known = @('f686aace6942fb7f7ceb231212eef4a4', '6de9cb26d2b98c01ec4e9e8b34824aa2', '76944fb33636aeddb9590521c2e8815a')
foreach ($name in $known) { [File]::WriteAllText("$Folder/keys\\$($name)_$(Get-MachineGuid)", '') }
foreach ($container in 'TSSecKeySet1', 'iisConfigurationKey', 'iisWasKey', 'another') { "$(Find-KeyFile $container)".Split('_')[0] + '.' }`;
    expect(await runPwsh(["constants.ps1", "text.ps1", "windows/certificates.ps1"], body)).toEqual([
      "f686aace6942fb7f7ceb231212eef4a4.",
      "6de9cb26d2b98c01ec4e9e8b34824aa2.",
      "76944fb33636aeddb9590521c2e8815a.",
      ".",
    ]);
  });

  test("a rule of the firewall names a port by number, range or as any", async () => {
    const names = ["3389", "3388", "3000-4000", "3389-3389", "4000-5000", "Any", "RPC", "3389x"];
    const body = `foreach ($name in (${json})) { "$(Test-PortNamed @($name) 3389)" }`;
    expect(await runPwsh(["windows/firewall.ps1"], body, names)).toEqual([
      "True",
      "False",
      "True",
      "True",
      "False",
      "True",
      "False",
      "False",
    ]);
  });

  test("a rule of the firewall is for who listens, or for another program, service or app", async () => {
    const rows: [{ Program: string; Package: string | null } | null, { Service: string } | null, boolean][] = [
      [{ Program: "Any", Package: null }, { Service: "Any" }, true],
      [null, null, true],
      [{ Program: "%SystemRoot%\\system32\\svchost.exe", Package: null }, { Service: "termservice" }, true],
      [{ Program: "System", Package: null }, { Service: "*" }, true],
      [{ Program: "%SystemRoot%\\system32\\RdpSa.exe", Package: null }, { Service: "Any" }, false],
      [{ Program: "%SystemRoot%\\system32\\svchost.exe", Package: null }, { Service: "Dnscache" }, false],
      [{ Program: "Any", Package: "S-1-15-2-1" }, { Service: "Any" }, false],
    ];
    const body = `foreach ($row in (${json})) { "$(Test-ListenerMeant $row[0] $row[1])" }`;
    const meant = rows.map(([, , one]) => (one ? "True" : "False"));
    expect(await runPwsh(["windows/firewall.ps1"], body, rows)).toEqual(meant);
  });

  test("what went wrong carries its number, which reads the same in every language", async () => {
    const body = `
function Show($Exception) { try { throw $Exception } catch { Get-FailureText $_; "code $(Get-FailureCode $_)" } }
Show ([System.Security.Cryptography.CryptographicException]::new(-2146893821))
Show ([System.UnauthorizedAccessException]::new('Zugriff verweigert'))
Show ([System.ComponentModel.Win32Exception]::new(5, 'Zugriff verweigert'))
Show ([System.ComponentModel.Win32Exception]::new(-2146893007, 'Kein gemeinsamer Algorithmus'))
Show ([System.IO.IOException]::new('gesperrt', [System.ComponentModel.Win32Exception]::new(32, 'wird verwendet')))
Show 'Our own words.'`;
    const [key = "", ...others] = await runPwsh(["text.ps1"], body);
    expect(key).toMatch(/ \(0x80090003\)$/);
    expect(others).toEqual([
      "code 0x80090003",
      "Zugriff verweigert (0x80070005)",
      "code 0x80070005",
      // ERROR_ACCESS_DENIED and SEC_E_ALGORITHM_MISMATCH: never E_FAIL, which these have as their HRESULT.
      "Zugriff verweigert (0x80070005)",
      "code 0x80070005",
      "Kein gemeinsamer Algorithmus (0x80090331)",
      "code 0x80090331",
      "wird verwendet (0x80070020)",
      "code 0x80070020",
      "Our own words.",
      "code ",
    ]);
  });

  test("what an event says is told as codes", async () => {
    const body = `
Get-EventStatus @('server', [uint32]2148074253, [uint32]10001)
Get-EventStatus @([int]-2147024891)
Get-EventStatus @('Access is denied.', [byte[]]@(1, 2))
$record = @{ Properties = @('server', [uint32]2148074253, [uint32]10001, 'svchost.exe', [uint32]4711 | ForEach-Object { @{ Value = $_ } }); Id = 36870; TimeCreated = [datetime]::UtcNow }
function Find-Service { }
function Read-Events($From) { if ($From.Provider -eq 'Schannel' -and $From.Ids -contains 36870) { $record; $other = $record.Clone(); $other.Properties = @($record.Properties[0..3]) + @{ Value = [uint32]99 }; $other } }
foreach ($group in @(Get-EventCounts 24)) { "$($group.id) $($group.status) x$($group.count)" }`;
    expect(await runPwsh(["text.ps1", "windows/events.ps1"], body)).toEqual([
      "server 0x8009030D 10001",
      "0x80070005",
      expect.stringMatching(/^Access is denied\./),
      // Two processes are one cause.
      "36870 server 0x8009030D 10001 x2",
    ]);
  });

  test("native calls are declared as a compiler would declare them, and tell the error of Windows", async () => {
    const body = `
foreach ($method in (Get-Native).GetMethods('Public, Static')) {
    $import = $method.GetCustomAttributes([DllImportAttribute], $false)[0]
    "$($import.Value) $method $($import.CharSet) $($import.SetLastError) $($import.PreserveSig)"
}
"$([object]::ReferenceEquals((Get-Native), (Get-Native)))"
# The same of the C library, which is at hand here: close(-1) is EBADF.
$class = [AssemblyBuilder]::DefineDynamicAssembly([AssemblyName]::new('c'), [AssemblyBuilderAccess]::Run).DefineDynamicModule('c').DefineType('C', 'Public')
Add-NativeFunction $class 'libc' 'close' ([int]) @([int])
$made = $class.CreateType()
$answer = $made::close(-1)
$code = [Marshal]::GetLastWin32Error()
"$answer $code"`;
    const truth = "Unicode True True";
    expect((await runPwsh(["windows/native.ps1"], body)).sort()).toEqual([
      "-1 9",
      "True",
      `advapi32.dll Boolean GetKernelObjectSecurity(Microsoft.Win32.SafeHandles.SafeFileHandle, Int32, Byte[], Int32, Int32 ByRef) ${truth}`,
      `advapi32.dll Boolean SetKernelObjectSecurity(Microsoft.Win32.SafeHandles.SafeFileHandle, Int32, Byte[]) ${truth}`,
      // A handle of LSA is a pointer (ntsecapi.h), and what a caller fills (LSA_UNICODE_STRING) is passed by its address.
      `advapi32.dll Int32 LsaAddAccountRights(IntPtr, Byte[], IntPtr, Int32) ${truth}`,
      `advapi32.dll Int32 LsaClose(IntPtr) ${truth}`,
      `advapi32.dll Int32 LsaEnumerateAccountsWithUserRight(IntPtr, IntPtr, IntPtr ByRef, Int32 ByRef) ${truth}`,
      `advapi32.dll Int32 LsaFreeMemory(IntPtr) ${truth}`,
      `advapi32.dll Int32 LsaOpenPolicy(IntPtr, Byte[], Int32, IntPtr ByRef) ${truth}`,
      `advapi32.dll Int32 LsaRemoveAccountRights(IntPtr, Byte[], Boolean, IntPtr, Int32) ${truth}`,
      `advapi32.dll Int32 RegCreateKeyExW(IntPtr, System.String, Int32, System.String, Int32, Int32, IntPtr, IntPtr ByRef, Int32 ByRef) ${truth}`,
      `crypt32.dll Boolean CertGetCertificateContextProperty(IntPtr, Int32, IntPtr, Int32 ByRef) ${truth}`,
      `kernel32.dll Boolean GetFileInformationByHandleEx(Microsoft.Win32.SafeHandles.SafeFileHandle, Int32, Int32[], Int32) ${truth}`,
      `kernel32.dll Boolean MoveFileExW(System.String, System.String, Int32) ${truth}`,
      `kernel32.dll Microsoft.Win32.SafeHandles.SafeFileHandle CreateFileW(System.String, Int32, Int32, IntPtr, Int32, Int32, IntPtr) ${truth}`,
      // The data of I_NetLogonControl2 is the address of a pointer to a name; the handle to go on with is a DWORD_PTR.
      `netapi32.dll Int32 I_NetLogonControl2(IntPtr, Int32, Int32, IntPtr ByRef, IntPtr ByRef) ${truth}`,
      `netapi32.dll Int32 NetApiBufferFree(IntPtr) ${truth}`,
      `netapi32.dll Int32 NetLocalGroupGetMembers(IntPtr, System.String, Int32, IntPtr ByRef, Int32, Int32 ByRef, Int32 ByRef, IntPtr ByRef) ${truth}`,
      `ntdll.dll Int32 RtlAdjustPrivilege(Int32, Boolean, Boolean, Boolean ByRef) ${truth}`,
      `wtsapi32.dll Boolean WTSEnumerateSessionsExW(IntPtr, Int32 ByRef, Int32, IntPtr ByRef, Int32 ByRef) ${truth}`,
      `wtsapi32.dll Boolean WTSFreeMemoryExW(Int32, IntPtr, Int32) ${truth}`,
    ]);
  });

  test("the journal keeps its lines, whatever a kill left behind", async () => {
    const body = `
$path = "$Folder/journal.jsonl"
@(Get-JournalLines -Path $path).Count
Add-JournalLine -Path $path -Line '{"seq":1}'
[File]::AppendAllText($path, '{"seq":2,"torn')
Add-JournalLine -Path $path -Line '{"seq":3}'
Get-JournalLines -Path $path
"$(New-MarkerFile -Path "$Folder/marker") $(New-MarkerFile -Path "$Folder/marker")"
"$($null -eq (Get-FileFacts -Path "$Folder/none")) $($null -eq (Get-FileFacts -Path "$Folder/none/none"))"`;
    expect(await runPwsh(["windows/files.ps1", "windows/journal.ps1"], body)).toEqual([
      "0",
      '{"seq":1}',
      '{"seq":2,"torn',
      '{"seq":3}',
      "True False",
      "True True",
    ]);
  });

  test("equal permissions are equal in whatever order Windows tells them", async () => {
    const body = `
$one = @{ owner = 'S-1-5-18'; sddl = 'D:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;NS)' }
foreach ($sddl in 'D:P(A;;FR;;;NS)(A;;FA;;;SY)(A;;FA;;;BA)', 'D:AI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;NS)', 'D:PAI(A;;FA;;;SY)(A;;FA;;;BA)') {
    "$(Compare-State $one @{ owner = 'S-1-5-18'; sddl = $sddl })"
}
"$(Compare-State $one @{ owner = 'S-1-5-20'; sddl = $one.sddl })"
"$(Compare-State $one $null) $(Compare-State $null $null)"`;
    expect(await runPwsh(["text.ps1", "json.ps1", "compare.ps1"], body)).toEqual([
      "True",
      "False",
      "False",
      "False",
      "False True",
    ]);
  });
});

/** Nothing in it can be packed well. */
function wordyEvidence(): GuestEvidence {
  const noise = (of: string) => createHash("sha512").update(of).digest("base64");
  const evidence = healthyGuestEvidence();
  if ("unreadable" in evidence.firewall) throw new Error("The fixture has a firewall.");
  const [rule] = evidence.firewall.rules;
  if (!rule) throw new Error("The fixture has a rule.");
  const rules = Array.from({ length: 32 }, (_, at) => ({ ...rule, name: noise(`rule ${at}`) }));
  const events = Array.from({ length: 32 }, (_, at) => ({
    provider: "Schannel" as const,
    id: at,
    status: noise(`event ${at}`),
    count: 1,
    last: evidence.collectedAt,
  }));
  const dependents = Array.from({ length: 4 }, (_, at) => ({
    thumbprint: createHash("sha1").update(`certificate ${at}`).digest("hex").toUpperCase(),
    subject: noise(`subject ${at}`),
    container: noise(`container ${at}`),
    provider: null,
    file: noise(`file ${at}`),
    usable: true,
    usedBy: [],
  }));
  const keys = { ...evidence.keys, dependents };
  return GuestEvidence.parse({ ...evidence, firewall: { ...evidence.firewall, rules }, events, keys });
}

/** The guest knows whole numbers alone: nothing in a request or a journal has others. */
function wholeNumbers(value: unknown): unknown {
  if (typeof value === "number") return Math.trunc(value % 1e15) + 0;
  if (Array.isArray(value)) return value.map(wholeNumbers);
  if (typeof value !== "object" || value === null) return value;
  // Names that differ in case alone are one to the guest, and none of ours do.
  const members = Object.entries(value).map(([name, member]) => [name.toLowerCase(), wholeNumbers(member)]);
  return Object.fromEntries(members);
}
