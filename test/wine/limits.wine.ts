import { beforeAll, describe, expect, inject, test } from "vitest";
import { askGuest } from "./guest.ts";
import type { Machine } from "./machine.ts";

/*
 * What Wine cannot carry, by name: each is tried, so that the list is true. A test that fails here says that a newer Wine
 * can do more, and that something can be tried for real which is made up or left out today.
 */

const machine = inject("machine") as Machine;

interface Limit {
  /** What is not tried under Wine, and why. */
  readonly name: string;
  /** An expression of PowerShell. */
  readonly tried: string;
  /** What Wine answers instead; an error as its text. */
  readonly answer: unknown;
}

const anError = expect.stringMatching(/./);

const limits: readonly Limit[] = [
  {
    name: "the permissions of files: a descriptor is taken and not kept",
    tried: `
[System.IO.File]::WriteAllText('C:\\limits', '')
Set-FileSecurity 'C:\\limits' 'S-1-5-20' 'D:PAI(A;;FR;;;NS)'
$facts = Get-FileFacts 'C:\\limits'
$facts.owner -eq 'S-1-5-20' -or $facts.sddl -eq 'D:PAI(A;;FR;;;NS)'`,
    answer: false,
  },
  {
    name: "links: none can be made",
    tried: "$null = New-Item -ItemType SymbolicLink -Path 'C:\\link' -Target 'C:\\windows'; Test-Path 'C:\\link'",
    answer: false,
  },
  {
    name: "the services that depend on one: they are not told",
    tried: `
New-Service -Name 'Leaning' -BinaryPathName 'C:\\windows\\system32\\termsv.exe' -DependsOn 'TermService' | Out-Null
@((Get-Service TermService).DependentServices).Count`,
    answer: 0,
  },
  {
    name: "the settings of a service: Win32_Service has no method Change",
    tried: `
$services = (New-Object -ComObject WbemScripting.SWbemLocator).ConnectServer('.', 'root\\cimv2')
foreach ($one in [System.__ComObject].InvokeMember('_NewEnum', 'GetProperty', $null, $services.ExecQuery("SELECT * FROM Win32_Service WHERE Name = 'TermService'"), $null)) {
    [System.__ComObject].InvokeMember('Change', 'InvokeMethod', $null, $one, @())
}`,
    answer: anError,
  },
  {
    name: "sessions: WTSEnumerateSessionsExW is not implemented",
    tried: "Get-SessionCounts",
    answer: "Windows does not tell its sessions.",
  },
  {
    name: "the removal of a certificate: it is not written to the registry",
    tried: `
$request = [CertificateRequest]::new('CN=gone', [RSA]::Create(2048), [HashAlgorithmName]::SHA256, [RSASignaturePadding]::Pkcs1)
$generator = [X509SignatureGenerator]::CreateForRSA([RSA]::Create(2048), [RSASignaturePadding]::Pkcs1)
$made = $request.Create($request.SubjectName, $generator, [datetimeoffset]::UtcNow, [datetimeoffset]::UtcNow.AddDays(1), [byte[]]@(1))
$store = [X509Store]::new('RdpLimits', 'LocalMachine')
$store.Open('ReadWrite')
$store.Add($made)
$store.Close()
Remove-StoreCertificate 'RdpLimits' $made.Thumbprint
$null -ne (Get-CertificateBlob 'RdpLimits' $made.Thumbprint)`,
    answer: true,
  },
  {
    name: "keys on elliptic curves: their certificates cannot be read",
    tried: `
$key = [ECDsa]::Create([ECCurve]::CreateFromFriendlyName('nistP256'))
$null = $key.ExportSubjectPublicKeyInfo()`,
    answer: anError,
  },
  {
    name: "CIM: the command is there, and what it stands on is not",
    tried: "Get-CimInstance -ClassName Win32_OperatingSystem",
    answer: anError,
  },
  {
    name: "events: their log cannot be asked",
    tried: "Get-WinEvent -LogName System -MaxEvents 1",
    answer: anError,
  },
  {
    name: "the Security log: it opens, and its reader fails with a success",
    tried: "Get-LogOnFacts",
    answer: anError,
  },
  ...[
    "Get-NetTCPConnection",
    "Get-NetConnectionProfile",
    "Get-NetFirewallRule",
    "Get-NetFirewallProfile",
    "Get-TlsCipherSuite",
    "Get-ScheduledTask",
  ].map((command) => ({
    name: `${command}: there is no such command`,
    tried: `$null -eq (Get-Command ${command} -ErrorAction Ignore)`,
    answer: true,
  })),
  {
    name: "a process of 32 bits beside one of 64: this Wine is of 64 bits alone",
    tried: "Test-Path 'C:\\windows\\syswow64\\cmd.exe'",
    answer: false,
  },
  {
    name: "Windows PowerShell 5.1: what bears its name in Wine does nothing",
    tried: "(Get-Item 'C:\\windows\\system32\\WindowsPowerShell\\v1.0\\powershell.exe').VersionInfo.FileVersion",
    answer: null,
  },
];

describe.skipIf(!machine)("what Wine cannot carry", () => {
  let seen: unknown[] = [];

  beforeAll(async () => {
    if (!machine) return;
    const one = ({ tried }: Limit) =>
      `try { $answer = & {\n${tried}\n}; Out $answer } catch { Out $_.Exception.GetBaseException().Message }`;
    seen = await askGuest(machine, limits.map(one).join("\n"));
  });

  test.each(limits.map((limit, at) => ({ ...limit, at })))("$name", ({ at, answer }) => {
    expect(seen[at]).toEqual(answer);
  });
});
