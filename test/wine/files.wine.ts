import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { describe, expect, inject, test } from "vitest";
import { askGuest } from "./guest.ts";
import { type Machine, onDriveC, testFolder } from "./machine.ts";

const machine = inject("machine") as Machine;

/** A new folder with these files. */
function folderWith(name: string, files: Record<string, string>): { windows: string; here: string } {
  const folder = testFolder(machine, name);
  for (const [file, text] of Object.entries(files)) writeFileSync(`${folder.here}/${file}`, text);
  return folder;
}

/** Runs lines with `$Folder` set, and gives the code of what each of these went wrong with, or "done". */
const attempts = (folder: string, ...lines: string[]) =>
  [
    `$Folder = '${folder}'`,
    ...lines.map((line) => `try { ${line}; Out 'done' } catch { Out (Get-FailureCode $_) }`),
  ].join("\n");

describe.skipIf(!machine)("files, under Wine", () => {
  test("a file, a folder, and what is neither are told apart", async () => {
    const { windows } = folderWith("facts", { key: "12345" });
    const body = `
foreach ($path in 'key', '', 'none', 'none\\none', 'key\\none') { Out (Get-FileFacts "${windows}\\$path".TrimEnd('\\')) }`;
    const sid = expect.stringMatching(/^S-1-/);
    const sddl = expect.stringMatching(/^D:/);
    expect(await askGuest(machine, body)).toEqual([
      { folder: false, bytes: 5, reparsePoint: false, owner: sid, sddl },
      { folder: true, bytes: 0, reparsePoint: false, owner: sid, sddl },
      null,
      null,
      null,
    ]);
  });

  test("a file that somebody holds for himself is listed as one that cannot be read", async () => {
    const { windows } = folderWith("list", { held: "abc", free: "" });
    const body = `
$held = [System.IO.File]::Open('${windows}\\held', 'Open', 'Read', 'None')
Out @(Get-FolderFiles '${windows}' | Sort-Object { $_.name })
$held.Dispose()
$shared = [System.IO.File]::Open('${windows}\\held', 'Open', 'ReadWrite', 'ReadWrite, Delete')
Out (Get-FileSha256 '${windows}\\held')
$shared.Dispose()`;
    expect(await askGuest(machine, body)).toEqual([
      [
        { name: "free", bytes: 0, readable: true },
        { name: "held", bytes: 3, readable: false },
      ],
      createHash("sha256").update("abc").digest("hex").toUpperCase(),
    ]);
  });

  test("a rename replaces nothing, and moves nothing that is held", async () => {
    const { windows, here } = folderWith("rename", { a: "a", b: "b", held: "h" });
    mkdirSync(`${here}/folder`);
    writeFileSync(`${here}/folder/inner`, "i");
    const body = `$held = [System.IO.File]::Open('${windows}\\held', 'Open', 'Read', 'None')
${attempts(
  windows,
  'Rename-FileItem "$Folder\\a" "$Folder\\b"',
  'Rename-FileItem "$Folder\\held" "$Folder\\c"',
  'Rename-FileItem "$Folder\\none" "$Folder\\c"',
  'Rename-FileItem "$Folder\\a" "$Folder\\d"',
  'Rename-FileItem "$Folder\\folder" "$Folder\\moved"',
)}`;
    // ERROR_ALREADY_EXISTS, ERROR_SHARING_VIOLATION, ERROR_FILE_NOT_FOUND
    expect(await askGuest(machine, body)).toEqual(["0x800700B7", "0x80070020", "0x80070002", "done", "done"]);
    expect((await readdir(here)).sort()).toEqual(["b", "d", "held", "moved"]);
    expect(await readFile(`${here}/moved/inner`, "utf8")).toBe("i");
  });

  test("a file does not leave its volume, where it would lose its permissions", async () => {
    const { windows, here } = folderWith("volume", { key: "k" });
    const body = attempts(windows, `Rename-FileItem "$Folder\\key" 'Z:\\dev\\shm\\rdp-remediation-key'`);
    // ERROR_NOT_SAME_DEVICE
    expect(await askGuest(machine, body)).toEqual(["0x80070011"]);
    expect(await readFile(`${here}/key`, "utf8")).toBe("k");
    expect(existsSync("/dev/shm/rdp-remediation-key")).toBe(false);
  });

  test("a copy replaces nothing, and one that cannot be secured does not stay", async () => {
    const { windows, here } = folderWith("copy", { a: "a", b: "b" });
    const body = `${attempts(windows, 'Copy-SecuredFile "$Folder\\a" "$Folder\\b"', 'Copy-SecuredFile "$Folder\\a" "$Folder\\c"')}
function Set-FileSecurity { throw 'no' }
${attempts(windows, 'Copy-SecuredFile "$Folder\\a" "$Folder\\d"')}`;
    // ERROR_FILE_EXISTS
    expect(await askGuest(machine, body)).toEqual(["0x80070050", "done", null]);
    expect((await readdir(here)).sort()).toEqual(["a", "b", "c"]);
    expect(await readFile(`${here}/b`, "utf8")).toBe("b");
    expect(await readFile(`${here}/c`, "utf8")).toBe("a");
  });

  test("Windows takes the descriptor of a file and of a folder, and a folder is made with one", async () => {
    const { windows, here } = folderWith("secure", { key: "k" });
    const sddl = "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)";
    const body = attempts(
      windows,
      `Set-FileSecurity "$Folder\\key" 'S-1-5-18' '${sddl}'`,
      `Set-FileSecurity "$Folder" 'S-1-5-18' '${sddl}'`,
      `New-SecuredFolder "$Folder\\new" 'S-1-5-18' '${sddl}'`,
      `New-SecuredFolder "$Folder\\new" 'S-1-5-18' '${sddl}'`,
      `New-SecuredFolder "$Folder\\key" 'S-1-5-18' '${sddl}'`,
    );
    expect(await askGuest(machine, body)).toEqual(["done", "done", "done", null, null]);
    expect(existsSync(`${here}/new`)).toBe(true);
  });

  test("the file of a key container is found by the container's name, as Windows names it", async () => {
    // Each is the name that the container has on every Windows, before the machine's own GUID.
    const known = {
      TSSecKeySet1: "f686aace6942fb7f7ceb231212eef4a4",
      iisConfigurationKey: "6de9cb26d2b98c01ec4e9e8b34824aa2",
      iisWasKey: "76944fb33636aeddb9590521c2e8815a",
      NetFrameworkConfigurationKey: "d6d986f09a1ee04e24c949879fdb506c",
      "Microsoft Internet Information Server": "c2319c42033a5ca7f44e731bfd3fa2b5",
      "MS IIS DCOM Server": "7a436fe806e483969f48a894af2fe9a1",
      "WMSvc Certificate Key Container": "bedbf0b4da5f8061b6444baedf4c00b1",
    };
    const keys = onDriveC(machine, "ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys");
    mkdirSync(keys, { recursive: true });
    const [guid] = await askGuest(machine, "Out (Get-MachineGuid)");
    for (const name of Object.values(known)) await writeFile(`${keys}/${name}_${guid}`, "");
    const body =
      "Out @((Get-MachineKeysPath), (Get-CngKeysPath))\nforeach ($container in $In) { Out (Find-KeyFile $container) }";
    expect(await askGuest(machine, body, { input: [...Object.keys(known), "another"] })).toEqual([
      ["C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys", "C:\\ProgramData\\Microsoft\\Crypto\\Keys"],
      ...Object.values(known).map((name) => `${name}_${guid}`),
      null,
    ]);
  });
});
