import { beforeAll, describe, expect, inject, test } from "vitest";
import { askGuest } from "./guest.ts";
import type { Machine } from "./machine.ts";

/* How the guest reports errors as Windows raises them. */

const machine = inject("machine") as Machine;

const cases = [
  {
    name: "a refused connection is told by the code of Windows",
    tried: "(Get-RdpHandshake 1).error",
    // WSAECONNREFUSED
    right: expect.stringContaining("0x8007274D"),
  },
  {
    name: "a file that is not there is told by the code of Windows when its permissions are set",
    tried: "try { Set-FileSecurity 'C:\\nowhere' 'S-1-5-18' 'D:P(A;;FA;;;SY)' } catch { Get-FailureCode $_ }",
    // ERROR_FILE_NOT_FOUND
    right: "0x80070002",
  },
  {
    name: "a missing command is not taken for a port on which nobody listens",
    tried: "try { $null = Get-PortOwner 3389; 'nobody listens' } catch { 'unreadable' }",
    right: "unreadable",
  },
  {
    name: "a missing command is not taken for a TermService that listens on no port",
    tried: "try { $null = Get-TermServicePorts; 'on none' } catch { 'unreadable' }",
    right: "unreadable",
  },
  {
    name: "a missing command is not taken for a restore task that is not there",
    tried: "try { $null = Get-RestoreTask 'SecurityLayer'; 'no task' } catch { 'unreadable' }",
    right: "unreadable",
  },
  {
    name: "an algorithm of Schannel with 0xffffffff is on, and one with another number is told",
    tried: `
$ciphers = 'SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Ciphers'
[Microsoft.Win32.Registry]::SetValue("HKEY_LOCAL_MACHINE\\$ciphers\\AES 256/256", 'Enabled', -1, 'DWord')
[Microsoft.Win32.Registry]::SetValue("HKEY_LOCAL_MACHINE\\$ciphers\\AES 128/128", 'Enabled', 1, 'DWord')
$off = @(Get-AlgorithmsOff) -join ','
[Microsoft.Win32.Registry]::LocalMachine.DeleteSubKeyTree($ciphers)
$off`,
    right: "Ciphers\\AES 128/128 1",
  },
  {
    name: "a value of a type that is not handled is no error",
    tried: `
[Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\\SOFTWARE\\RdpTest\\Odd', 'wide', [long]1, 'QWord')
try { $null = Get-RegistryData -Key 'SOFTWARE\\RdpTest\\Odd' -Name 'wide'; 'told' } catch { 'an error' }`,
    right: "told",
  },
];

describe.skipIf(!machine)("errors of Windows, under Wine", () => {
  let seen: unknown[] = [];

  beforeAll(async () => {
    if (!machine) return;
    seen = await askGuest(machine, cases.map(({ tried }) => `$answer = & {\n${tried}\n}\nOut $answer`).join("\n"));
    expect(seen).toHaveLength(cases.length);
  });

  for (const [at, { name, right }] of cases.entries()) {
    test(name, () => {
      expect(seen[at]).toEqual(right);
    });
  }
});
