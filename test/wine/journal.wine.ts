import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, inject, test, vi } from "vitest";
import { askGuest } from "./guest.ts";
import { type Machine, testFolder } from "./machine.ts";

const machine = inject("machine") as Machine;

/** Runs lines with the permissions of files kept, which Wine forgets. */
const askKeeping = (body: string) => askGuest(machine, `. Use-FileSecurityStandIn\n${body}`, { standIns: true });

describe.skipIf(!machine)("the journal, under Wine", () => {
  test("is where Windows is, whatever the environment says", async () => {
    const body = `
foreach ($name in 'SystemRoot', 'windir', 'ProgramData', 'ALLUSERSPROFILE') { Set-Item "Env:$name" 'C:\\hostile' }
Out @((Get-JournalRoot), (Get-FormerJournalRoot))`;
    const [roots] = (await askGuest(machine, body)) as [string[]];
    // Windows' own names of its folders are of no case.
    expect(roots.map((root) => root.toLowerCase())).toEqual([
      "c:\\windows\\rdpremediation",
      "c:\\programdata\\rdpremediation",
    ]);
  });

  test("its folder is made with its descriptor, found again, and refused when somebody else made it", async () => {
    const { windows, here } = testFolder(machine, "root");
    mkdirSync(`${here}/foreign`);
    writeFileSync(`${here}/file`, "");
    const body = `
function Out-Attempt($Path) { try { Open-PrivateFolder $Path; Out 'opened' } catch { Out "$_" } }
Out-Attempt '${windows}\\ours'
Out (Get-FileFacts '${windows}\\ours')
foreach ($name in 'ours', 'foreign', 'file') { Out-Attempt "${windows}\\$name" }
Out @(Test-PrivateFolder '${windows}\\none')
Set-FileSecurity '${windows}\\foreign' 'S-1-5-21-1-2-3-1001' $PrivateSddl
Out-Attempt '${windows}\\foreign'`;
    const refused = (name: string) =>
      `${windows}\\${name} is not a folder for SYSTEM and Administrators alone. Find out who made it, and remove it.`;
    expect(await askKeeping(body)).toEqual([
      "opened",
      {
        folder: true,
        bytes: 0,
        reparsePoint: false,
        owner: "S-1-5-18",
        sddl: "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)",
      },
      "opened",
      refused("foreign"),
      refused("file"),
      [false],
      refused("foreign"),
    ]);
  });

  test("who may open a folder is read of the folder itself, and of none that somebody may still rename", async () => {
    const { windows, here } = testFolder(machine, "security");
    mkdirSync(`${here}/folder`);
    writeFileSync(`${here}/file`, "");
    const body = `
Out @(foreach ($name in 'folder', 'file', 'none') { $null -ne (Get-FolderSecurity "${windows}\\$name") })
$security = Get-FolderSecurity '${windows}\\folder'
$facts = Get-FileFacts '${windows}\\folder'
Out @($security.owner -eq $facts.owner; $security.sddl -match '\\AD:.*\\(A;'; (Compare-State $security @{ owner = $facts.owner; sddl = $facts.sddl }))
# DELETE
$held = (Get-Native)::CreateFileW('${windows}\\folder', 0x10000, 7, [intptr]::Zero, 3, 0x2200000, [intptr]::Zero)
Out @(-not $held.IsInvalid; $null -ne (Get-FolderSecurity '${windows}\\folder'))
$held.Dispose()
Out @($null -ne (Get-FolderSecurity '${windows}\\folder'))`;
    expect(await askGuest(machine, body, { standIns: true })).toEqual([
      [true, false, false],
      [true, true, true],
      [true, false],
      [true],
    ]);
  });

  test("one of an earlier version is found and listed where it is, and one that a user prepared is not", async () => {
    const [run, other] = [randomUUID(), randomUUID()];
    const body = `
$former, $root = (Get-FormerJournalRoot), (Get-JournalRoot)
Out @(Get-RunFolder '${run}' | ForEach-Object { $_ -eq "$root\\${run}" })
Open-PrivateFolder $root
Open-PrivateFolder $former
Open-PrivateFolder "$former\\${run}"
Out @((Get-RunFolder '${run}') -eq "$former\\${run}"; (Get-RunFolder '${other}') -eq "$root\\${other}")
Out @(Get-JournalFolders $former | Where-Object { $_.name -eq '${run}' } | ForEach-Object { $_.name; $_.path -eq "$former\\${run}" })
Out @(Test-InJournal "$former\\${run}\\key"; Test-InJournal "$root\\${run}\\key")
Set-FileSecurity $former 'S-1-5-18' "$PrivateSddl(A;OICI;FA;;;BU)"
Out @((Get-RunFolder '${run}') -eq "$root\\${run}"; (Get-UntrustedJournal '${run}') -eq $former)
Out @(Test-InJournal "$former\\${run}\\key"; Test-InJournal "$root\\${run}\\key")
Set-FileSecurity $former 'S-1-5-18' $PrivateSddl
Open-PrivateFolder "$root\\${run}"
Out @((Get-RunFolder '${run}') -eq "$former\\${run}")
foreach ($line in 'format', 'intend') { Add-JournalLine "$root\\${run}\\journal.jsonl" $line }
try { Get-RunFolder '${run}' } catch { Out @("$_" -match 'has two journals') }
foreach ($path in "$former\\${run}", "$root\\${run}") { Remove-JournalFolder $path }
Out @(foreach ($path in $former, $root) { @(Get-JournalFolders $path | Where-Object { $_.name -eq '${run}' }).Count })
# Another file of this suite may have used the machine before, and left its own there.
if (-not [System.IO.Directory]::GetFileSystemEntries($former)) { [System.IO.Directory]::Delete($former) }`;
    expect(await askKeeping(body)).toEqual([
      [true],
      [true, true],
      [run, true],
      [true, true],
      [true, true],
      [false, true],
      [true],
      [true],
      [0, 0],
    ]);
  });

  test("keeps its lines beside a reader, whatever a kill left behind, and a marker is made once", async () => {
    const { windows } = testFolder(machine, "journal");
    const body = `
$path = '${windows}\\journal.jsonl'
Out @(Get-JournalLines -Path $path)
Add-JournalLine -Path $path -Line '{"seq":1}'
[System.IO.File]::AppendAllText($path, '{"seq":2,"torn')
$reader = [System.IO.File]::Open($path, 'Open', 'Read', 'ReadWrite')
Add-JournalLine -Path $path -Line '{"seq":3}'
Out @(Get-JournalLines -Path $path)
$reader.Dispose()
Out @(foreach ($time in 1, 2) { New-MarkerFile -Path '${windows}\\marker' })`;
    expect(await askGuest(machine, body)).toEqual([[], ['{"seq":1}', '{"seq":2,"torn', '{"seq":3}'], [true, false]]);
  });

  test("its lock is for one process alone, and the end of that process frees it", async () => {
    const { windows, here } = testFolder(machine, "lock");
    const lock = (then: string) => `Out (Lock-JournalFolder -Path '${windows}\\lock')\n${then}`;
    const holder = askGuest(
      machine,
      lock(`[System.IO.File]::WriteAllText('${windows}\\held', "$PID")
while (-not [System.IO.File]::Exists('${windows}\\end')) { Start-Sleep -Milliseconds 50 }`),
    );
    await vi.waitUntil(() => existsSync(`${here}/held`), { timeout: 5 * 60_000, interval: 50 });
    expect(await askGuest(machine, lock(`Out (Lock-JournalFolder -Path '${windows}\\lock')`))).toEqual([false, false]);
    writeFileSync(`${here}/end`, "");
    expect(await holder).toEqual([true]);
    expect(await askGuest(machine, lock(""))).toEqual([true]);
  });

  test("a second lock does not free the first one", async () => {
    const { windows } = testFolder(machine, "locks");
    const body = `
$null = Lock-JournalFolder -Path '${windows}\\one'
$null = Lock-JournalFolder -Path '${windows}\\other'
[System.GC]::Collect()
[System.GC]::WaitForPendingFinalizers()
Out @(foreach ($name in 'one', 'other') { Lock-JournalFolder -Path "${windows}\\$name" })`;
    expect(await askGuest(machine, body)).toEqual([[false, false]]);
  });
});
