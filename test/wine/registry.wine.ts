import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { askGuest } from "./guest.ts";
import { type Machine, runProgram, windowsPath } from "./machine.ts";
import { heading, importRegistry } from "./registry-file.ts";

/* What the guest reads was written by reg.exe of Wine, and what it writes is read by it: neither side is ours. */

const machine = inject("machine") as Machine;

/** The lines of a key and what is below it, as regedit exports them. */
async function exportLines(key: string): Promise<string[]> {
  const file = join(machine.folder, "export.reg");
  await runProgram(machine, "reg", "export", `HKLM\\${key}`, windowsPath(file), "/y");
  const text = (await readFile(file, "utf16le")).replace(/\\\r\n\s*/g, "");
  return text.split("\r\n").filter((line) => line !== "" && !line.endsWith(heading));
}

describe.skipIf(!machine)("the registry, under Wine", () => {
  test("values of every type are read as reg.exe wrote them, and absence is told from emptiness", async () => {
    await importRegistry(
      machine,
      "[HKEY_LOCAL_MACHINE\\SOFTWARE\\RdpTest\\Read]",
      '"zero"=dword:00000000',
      '"highest"=dword:ffffffff',
      '"text"="%SystemRoot%\\\\a"',
      '"no text"=""',
      '"list"=hex(7):41,00,00,00,e4,00,42,00,00,00,00,00',
      '"one"=hex(7):41,00,00,00,00,00',
      '"no list"=hex(7):00,00',
      '"bytes"=hex:00,7f,ff',
      '"no bytes"=hex:',
    );
    const names = ["zero", "highest", "text", "no text", "list", "one", "no list", "bytes", "no bytes", "absent"];
    const body = `
foreach ($name in $In) { Out (Get-RegistryData -Key 'SOFTWARE\\RdpTest\\Read' -Name $name) }
Out (Get-RegistryData -Key 'SOFTWARE\\RdpTest\\Nowhere' -Name 'zero')`;
    expect(await askGuest(machine, body, { input: names })).toEqual([
      { type: "dword", data: 0 },
      { type: "dword", data: 4294967295 },
      { type: "string", data: "%SystemRoot%\\a" },
      { type: "string", data: "" },
      { type: "multi-string", data: ["A", "äB"] },
      { type: "multi-string", data: ["A"] },
      { type: "multi-string", data: [] },
      { type: "binary", data: "007FFF" },
      { type: "binary", data: "" },
      null,
      null,
    ]);
  });

  test("values of every type are written as reg.exe reads them", async () => {
    const body = `
try { Set-RegistryData -Key 'SOFTWARE\\RdpTest\\Write' -Name 'zero' -Type 'dword' -Data 0 } catch { Out 'no key' }
New-RegistryKey 'SOFTWARE\\RdpTest\\Write'
foreach ($one in $In) { Set-RegistryData -Key 'SOFTWARE\\RdpTest\\Write' -Name $one.name -Type $one.type -Data $one.data }`;
    const input = [
      { name: "zero", type: "dword", data: 0 },
      { name: "highest", type: "dword", data: 4294967295 },
      { name: "text", type: "string", data: "%SystemRoot%\\a" },
      { name: "list", type: "multi-string", data: ["A", "äB"] },
      { name: "one", type: "multi-string", data: ["A"] },
      { name: "no list", type: "multi-string", data: [] },
      { name: "bytes", type: "binary", data: "007FFF" },
    ];
    expect(await askGuest(machine, body, { input })).toEqual(["no key"]);
    expect((await exportLines("SOFTWARE\\RdpTest\\Write")).sort()).toEqual(
      [
        "[HKEY_LOCAL_MACHINE\\SOFTWARE\\RdpTest\\Write]",
        '"zero"=dword:00000000',
        '"highest"=dword:ffffffff',
        '"text"="%SystemRoot%\\\\a"',
        '"list"=hex(7):41,00,00,00,e4,00,42,00,00,00,00,00',
        '"one"=hex(7):41,00,00,00,00,00',
        '"no list"=hex(7):00,00',
        '"bytes"=hex:00,7f,ff',
      ].sort(),
    );
  });

  test("a value is removed and its neighbour stays; one that is not there, or whose key is not, is an error", async () => {
    await importRegistry(
      machine,
      "[HKEY_LOCAL_MACHINE\\SOFTWARE\\RdpTest\\Remove]",
      '"a"=dword:00000001',
      '"b"=dword:00000002',
    );
    const body = `
Remove-RegistryData -Key 'SOFTWARE\\RdpTest\\Remove' -Name 'a'
foreach ($key in 'SOFTWARE\\RdpTest\\Remove', 'SOFTWARE\\RdpTest\\Nowhere') {
    try { Remove-RegistryData -Key $key -Name 'a'; Out 'removed' } catch { Out 'refused' }
}`;
    expect(await askGuest(machine, body)).toEqual(["refused", "refused"]);
    expect(await exportLines("SOFTWARE\\RdpTest\\Remove")).toEqual([
      "[HKEY_LOCAL_MACHINE\\SOFTWARE\\RdpTest\\Remove]",
      '"b"=dword:00000002',
    ]);
    await expect(exportLines("SOFTWARE\\RdpTest\\Nowhere")).rejects.toThrow();
  });

  test("the keys below a key are told, and none below one that is not there", async () => {
    await importRegistry(
      machine,
      "[HKEY_LOCAL_MACHINE\\SOFTWARE\\RdpTest\\Below\\x]",
      "[HKEY_LOCAL_MACHINE\\SOFTWARE\\RdpTest\\Below\\y z]",
    );
    const body = `
foreach ($key in 'SOFTWARE\\RdpTest\\Below', 'SOFTWARE\\RdpTest\\Nowhere') { Out @(Get-SubKeyNames $key | Sort-Object) }`;
    expect(await askGuest(machine, body)).toEqual([["x", "y z"], []]);
  });
});
