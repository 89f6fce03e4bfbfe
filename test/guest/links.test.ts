import { describe, expect, test } from "vitest";
import { journalIsUsable } from "../../lib/checks/journal-is-usable.ts";
import type { Change } from "../../lib/core/change.ts";
import { machineKeysFolder, rdpKeyPrefix } from "../../lib/core/windows.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import type { FaultName } from "../../sandbox/windows/faults.ts";
import { journalRoot } from "../../sandbox/windows/files.ts";
import type { FileState, WindowsState } from "../../sandbox/windows/state.ts";
import { hasPwsh } from "../fixtures/pwsh.ts";
import { runPwsh } from "./powershell/run-pwsh.ts";
import { evidenceOf } from "./remedied.ts";
import {
  ask,
  changes,
  enableFirewallGroup,
  grantAccess,
  guests,
  look,
  type MakeChanges,
  renameFolder,
  renameRdpKey,
  restart,
  runId,
  set,
  some,
  windowsWith,
} from "./scenarios-rig.ts";

/*
 * SYSTEM follows a link wherever it leads. Everybody may make files in MachineKeys, so that what stands there may have been
 * put there for us to find. Only administrators can do so where the journal is; what they did there is not trusted either.
 */

const machineGuid = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
const rdpKeyPath = `${machineKeysFolder}\\${rdpKeyPrefix}${machineGuid}`;

function fileOf({ files }: WindowsState, path: string): FileState {
  const file = files[path];
  if (!file) throw new Error(`There is no ${path}.`);
  return file;
}

const keyChanges: { name: string; faults: FaultName[]; make: MakeChanges }[] = [
  {
    name: "the folder's permissions",
    faults: ["machine-keys-permissions-broken"],
    make: grantAccess("machine-keys-folder"),
  },
  { name: "the key's permissions", faults: ["key-permissions-denied"], make: grantAccess("rdp-key") },
  { name: "the key aside", faults: ["key-corrupt"], make: renameRdpKey },
  { name: "the folder anew", faults: ["machine-keys-folder-corrupt"], make: renameFolder(true) },
];

const link: FileState = {
  folder: false,
  content: "",
  owner: "S-1-5-21-1-2-3-1001",
  sddl: "D:AI(A;;FA;;;WD)",
  reparsePoint: true,
  damagedIndex: false,
};
const folder: FileState = { ...link, folder: true, reparsePoint: false };
const privateSddl = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

/** What can stand where the journal will be. */
const plantedRoots: [string, FileState][] = [
  ["a junction", { ...folder, reparsePoint: true, owner: "S-1-5-18", sddl: privateSddl }],
  ["a folder that everybody may read", { ...folder, owner: "S-1-5-18", sddl: `${privateSddl}(A;OICI;FR;;;WD)` }],
  ["a folder that inherits its permissions", { ...folder, owner: "S-1-5-18", sddl: "D:AI(A;OICIID;FA;;;BU)" }],
  ["a folder that somebody owns, who may open it again", { ...folder, sddl: privateSddl }],
  ["a file", { ...link, reparsePoint: false, owner: "S-1-5-18", sddl: privateSddl }],
];

describe.each(guests)("$name", ({ guest, skip }) => {
  async function expectRefused(
    windows: ReturnType<typeof windowsWith>,
    list: Change[],
    status: "refused" | "journal-unusable" = "refused",
  ): Promise<string | null> {
    const before = comparableState(windows.state);
    const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
    expect(reply).toMatchObject({ status, receipts: [], reason: expect.any(String) });
    expect(comparableState(windows.state)).toEqual(before);
    return reply.reason;
  }

  describe.skipIf(skip)("links and planted folders", () => {
    test.each(some(guest, keyChanges, 2))("MachineKeys is a junction: $name is refused", async ({ faults, make }) => {
      const windows = windowsWith(...faults);
      const list = changes(make, restart)(await look(modelledGuest, windows));
      fileOf(windows.state, machineKeysFolder).reparsePoint = true;
      expect(await expectRefused(windows, list)).toContain("link to another place");
    });

    test.each(some(guest, keyChanges.slice(1, 3), 1))(
      "the RDP key is a link: $name is refused",
      async ({ faults, make }) => {
        const windows = windowsWith(...faults);
        const list = changes(make, restart)(await look(modelledGuest, windows));
        fileOf(windows.state, rdpKeyPath).reparsePoint = true;
        expect(await expectRefused(windows, list)).toContain("link to another place");
      },
    );

    test("a link among the keys of others is never followed: the folder stays, and forced, the link is left behind", async () => {
      const windows = windowsWith("machine-keys-folder-corrupt");
      const planted = `${machineKeysFolder}\\0123456789abcdef0123456789abcdef_${machineGuid}`;
      windows.state.files[planted] = { ...link };
      const evidence = await look(modelledGuest, windows);
      expect(evidence.keys.others.unreadable).toBe(1);
      const before = comparableState(windows.state);
      await expectRefused(windows, changes(renameFolder(), restart)(evidence));

      const forced = { runId: runId(1), step: "apply-2", changes: changes(renameFolder(true), restart)(evidence) };
      expect((await ask(guest, windows, "apply", forced)).reply.status).toBe("done");
      expect(windows.state.files[planted]).toBeUndefined();
      await ask(guest, windows, "undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
      expect(comparableState(windows.state)).toEqual(before);
    });

    test("services are not restarted, because Windows would write a key through the link; other work goes on", async () => {
      const windows = windowsWith("remote-desktop-disabled", "firewall-group-disabled");
      const evidence = await look(modelledGuest, windows);
      fileOf(windows.state, rdpKeyPath).reparsePoint = true;
      const allow = changes(set("terminal-server/fDenyTSConnections", 0), restart)(evidence);
      expect(await expectRefused(windows, allow)).toContain("link to another place");
      const open = { runId: runId(1), step: "apply-2", changes: enableFirewallGroup(evidence) };
      expect((await ask(guest, windows, "apply", open)).reply.status).toBe("done");
    });

    test.each(some(guest, plantedRoots, 2))("the journal's root is %s: nothing is begun", async (_, planted) => {
      const windows = windowsWith("remote-desktop-disabled");
      const list = changes(set("terminal-server/fDenyTSConnections", 0), restart)(await look(modelledGuest, windows));
      windows.state.files[journalRoot] = { ...planted };
      const { files } = structuredClone(windows.state);
      const reason = await expectRefused(windows, list, "journal-unusable");
      if (!planted.reparsePoint && planted.folder) expect(reason).toContain("Find out who made it, and remove it");
      expect(windows.state.files).toEqual(files);
      expect(journalIsUsable.run(evidenceOf(await look(guest, windows)))).toMatchObject({
        verdict: "noted",
        because: expect.stringContaining("Find out who made it"),
      });
    });

    test("the folder of the run is a junction: nothing is begun", async () => {
      const windows = windowsWith("remote-desktop-disabled");
      const list = changes(set("terminal-server/fDenyTSConnections", 0), restart)(await look(modelledGuest, windows));
      windows.state.files[journalRoot] = { ...folder, owner: "S-1-5-18", sddl: privateSddl };
      windows.state.files[`${journalRoot}\\${runId(1)}`] = {
        ...folder,
        owner: "S-1-5-18",
        sddl: privateSddl,
        reparsePoint: true,
      };
      await expectRefused(windows, list, "journal-unusable");
    });

    test("a MachineGuid that is a path makes no path", async () => {
      const windows = windowsWith("key-permissions-denied");
      const list = changes(grantAccess("rdp-key"), restart)(await look(modelledGuest, windows));
      windows.state.system.machineGuid = "..\\..\\..\\..\\Windows\\System32\\config\\SAM";
      expect(await expectRefused(windows, list)).toContain("not a GUID");
    });
  });
});

describe("modelled guest", () => {
  test.each([
    "..\\..\\..\\..\\Windows\\System32\\config\\SAM",
    `${machineKeysFolder}\\${rdpKeyPrefix}${machineGuid}`,
    `${rdpKeyPrefix}${machineGuid}:stream`,
    `${rdpKeyPrefix}..\\${machineGuid}`,
    `${rdpKeyPrefix}00000000-0000-4000-8000-000000000000`,
    "",
  ])("a key of the name %j is not renamed", async (name) => {
    const windows = windowsWith("key-corrupt");
    const before = comparableState(windows.state);
    const list: Change[] = [{ kind: "rename-rdp-key", was: { name, bytes: 1024 } }];
    const { reply } = await ask(modelledGuest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
    expect(reply.status).toBe("refused");
    expect(comparableState(windows.state)).toEqual(before);
  });
});

describe.skipIf(!hasPwsh)("the function that makes the journal's folder", () => {
  test("takes what is ours, and refuses what somebody else has put there", async () => {
    const rows = [...plantedRoots.map(([, planted]) => planted), { ...folder, owner: "S-1-5-18", sddl: privateSddl }];
    const body = `
function Get-FileFacts($Path) { $script:Row }
function Get-FolderSecurity($Path) { if ($script:Row.folder -and -not $script:Row.reparsePoint) { $script:Row } }
foreach ($row in (ConvertFrom-JsonText '${JSON.stringify(rows)}')) {
    $script:Row = $row
    try { Open-PrivateFolder 'C:\\Windows\\RdpRemediation'; 'taken' } catch { 'refused' }
}`;
    const answers = await runPwsh(["text.ps1", "json.ps1", "compare.ps1", "operations.ps1", "journal.ps1"], body);
    expect(answers).toEqual([...plantedRoots.map(() => "refused"), "taken"]);
  });
});

describe.skipIf(!hasPwsh)("the function that sets permissions on a real Windows", () => {
  /**
   * In place of Windows: opens anything, says what was opened there, and tells what is asked of it. Its namespace is its own:
   * a script that ran before in the same PowerShell may have made the product's `RdpRemediation.Native`, which would be found.
   */
  const body = `
Add-Type -TypeDefinition @'
using Microsoft.Win32.SafeHandles;
namespace StandInForWindows {
    public static class Native {
        public static int Attributes;
        public static SafeFileHandle CreateFileW(string path, int access, int share, System.IntPtr security, int disposition, int flags, System.IntPtr template) {
            System.Console.WriteLine("opened {0:x} sharing {1} by {2:x}", access, share, flags);
            return new SafeFileHandle((System.IntPtr)1, false);
        }
        public static bool GetFileInformationByHandleEx(SafeFileHandle file, int kind, int[] information, int bytes) {
            System.Console.WriteLine("looked at by {0}", kind);
            information[0] = Attributes;
            return true;
        }
        public static bool SetKernelObjectSecurity(SafeFileHandle file, int parts, byte[] descriptor) {
            System.Console.WriteLine("set {0} with {1:x}", parts, System.BitConverter.ToUInt16(descriptor, 2));
            return true;
        }
    }
}
'@
# .NET has descriptors on Windows alone.
class RawSecurityDescriptor {
    [int]$ControlFlags
    [int]$BinaryLength = 4
    RawSecurityDescriptor($sddl) { $this.ControlFlags = if ($sddl -match 'D:P?AI') { 0x9404 } else { 0x9004 } }
    [void]SetFlags($flags) { $this.ControlFlags = $flags }
    [void]GetBinaryForm($bytes, $at) { [System.BitConverter]::GetBytes([uint16]$this.ControlFlags).CopyTo($bytes, 2) }
}
function Enable-BackupPrivileges { }
function Get-Native { [StandInForWindows.Native] }
foreach ($attributes in 0x420, 0x20) {
    [StandInForWindows.Native]::Attributes = $attributes
    foreach ($sddl in 'D:PAI(A;;FA;;;SY)', 'D:P(A;;FA;;;SY)') {
        try { Set-FileSecurity "$Folder/key" 'S-1-5-18' $sddl } catch { $_.Exception.Message -replace '^.* is a', 'It is a' }
    }
}`;

  test("looks at what it opened, so that nobody can swap it, and refuses a link; what was inherited stays so", async () => {
    // FILE_FLAG_BACKUP_SEMANTICS and FILE_FLAG_OPEN_REPARSE_POINT; FileAttributeTagInfo.
    const opened = ["opened e0080 sharing 7 by 2200000", "looked at by 9"];
    const refused = [...opened, "It is a link to another place."];
    // SE_DACL_AUTO_INHERIT_REQ (0x100) comes with SE_DACL_AUTO_INHERITED (0x400).
    const set = ["set 5 with 9504", "set 5 with 9004"].map((told) => [...opened, told]);
    const answers = await runPwsh(["windows/files.ps1", "windows/files-change.ps1"], body);
    expect(answers).toEqual([refused, refused, ...set].flat());
  });
});

describe.skipIf(!hasPwsh)("the function that reads who may open a folder, on a real Windows", () => {
  /** In place of Windows, as above: what is opened is a folder, a link to one, a file, or cannot be opened. */
  const body = `
Add-Type -TypeDefinition @'
using Microsoft.Win32.SafeHandles;
namespace StandInForFolders {
    public static class Native {
        public static int Attributes;
        public static SafeFileHandle CreateFileW(string path, int access, int share, System.IntPtr security, int disposition, int flags, System.IntPtr template) {
            System.Console.WriteLine("opened {0:x} sharing {1} by {2:x}", access, share, flags);
            return new SafeFileHandle((System.IntPtr)(Attributes == 0 ? -1 : 1), false);
        }
        public static bool GetFileInformationByHandleEx(SafeFileHandle file, int kind, int[] information, int bytes) {
            System.Console.WriteLine("looked at by {0}", kind);
            information[0] = Attributes;
            return true;
        }
        public static bool GetKernelObjectSecurity(SafeFileHandle file, int parts, byte[] descriptor, int bytes, ref int needed) {
            System.Console.WriteLine("read {0} into {1}", parts, bytes == descriptor.Length);
            descriptor[0] = 1;
            return Attributes != 0x12;
        }
    }
}
'@
class RawSecurityDescriptor {
    $Owner = @{ Value = 'S-1-5-18' }
    RawSecurityDescriptor($bytes, $at) { if ($bytes[$at] -ne 1) { throw 'Nothing was read.' } }
    [string]GetSddlForm($parts) { return "D:P of $parts" }
}
function Get-Native { [StandInForFolders.Native] }
function Get-FileFacts { throw 'A path is followed a second time.' }
foreach ($attributes in 0x10, 0x410, 0x20, 0, 0x12) {
    [StandInForFolders.Native]::Attributes = $attributes
    $security = Get-FolderSecurity "$Folder/journal"
    if ($security) { "$($security.owner) $($security.sddl)" } else { 'none' }
}`;

  test("asks for all of it by one handle, which nobody who may rename the folder has open", async () => {
    // READ_CONTROL, FILE_READ_ATTRIBUTES, FILE_LIST_DIRECTORY; FILE_SHARE_READ, FILE_SHARE_WRITE.
    const opened = "opened 20081 sharing 3 by 2200000";
    const looked = [opened, "looked at by 9"];
    const read = [...looked, "read 5 into True"];
    expect(await runPwsh(["windows/journal.ps1"], body)).toEqual([
      ...[...read, "S-1-5-18 D:P of Access"],
      ...[...looked, "none"],
      ...[...looked, "none"],
      ...[opened, "none"],
      ...[...read, "none"],
    ]);
  });
});
