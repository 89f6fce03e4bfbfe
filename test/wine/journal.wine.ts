import { existsSync, writeFileSync } from "node:fs";
import { describe, expect, inject, test, vi } from "vitest";
import { askGuest } from "./guest.ts";
import { type Machine, testFolder } from "./machine.ts";

const machine = inject("machine") as Machine;

describe.skipIf(!machine)("the journal, under Wine", () => {
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
});
