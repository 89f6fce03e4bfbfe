import type { WindowsAdapter } from "./adapter.ts";

type ParametersOf<Name extends keyof WindowsAdapter> =
  Parameters<WindowsAdapter[Name]> extends [infer P] ? readonly (keyof P)[] : readonly [];

/** The Windows adapter at run time: the parameters of each function, and whether it changes Windows or the journal. */
export const adapterFunctions = {
  "Get-UtcNow": { parameters: [], changes: false },
  "Get-WindowsSystem": { parameters: [], changes: false },
  "Get-MachineGuid": { parameters: [], changes: false },
  "Get-ServiceCheckPoint": { parameters: ["Name"], changes: false },
  "Get-ServiceFacts": { parameters: ["Name"], changes: false },
  "Get-SupportingServices": { parameters: [], changes: false },
  "Get-GuestNetwork": { parameters: [], changes: false },
  "Get-InstalledProducts": { parameters: [], changes: false },
  "Get-RegistryData": { parameters: ["Key", "Name"], changes: false },
  "Get-RegistryKeyState": { parameters: ["Key"], changes: false },
  "Get-PortOwner": { parameters: ["Port"], changes: false },
  "Get-WinStationList": { parameters: [], changes: false },
  "Get-CertificateOrigin": { parameters: [], changes: false },
  "Get-StoreCertificates": { parameters: ["Store"], changes: false },
  "Get-CertificateUsers": { parameters: ["Thumbprint"], changes: false },
  "Get-CertificateKeyPath": { parameters: ["Store", "Thumbprint"], changes: false },
  "Get-MachineKeysPath": { parameters: [], changes: false },
  "Get-JournalRoot": { parameters: [], changes: false },
  "Get-FileFacts": { parameters: ["Path"], changes: false },
  "Get-FolderFiles": { parameters: ["Path"], changes: false },
  "Get-FileSha256": { parameters: ["Path"], changes: false },
  "Get-ServerProtocols": { parameters: [], changes: false },
  "Get-TlsSuiteNames": { parameters: [], changes: false },
  "Get-LocalSuiteNames": { parameters: [], changes: false },
  "Get-FirewallFacts": { parameters: ["Port"], changes: false },
  "Get-EventCounts": { parameters: ["Hours"], changes: false },
  "Get-SessionCounts": { parameters: [], changes: false },
  "Get-RdpHandshake": { parameters: ["Port"], changes: false },
  "Get-LogOnRights": { parameters: [], changes: false },
  "Get-AccountRight": { parameters: ["Right", "Sid"], changes: false },
  "Get-LicensingFacts": { parameters: [], changes: false },
  "Get-DomainFacts": { parameters: [], changes: false },
  "Get-LogOnFacts": { parameters: [], changes: false },
  "Get-SubsystemFacts": { parameters: [], changes: false },
  "Get-CertificateBlob": { parameters: ["Store", "Thumbprint"], changes: false },
  "Get-RestoreTask": { parameters: ["Value"], changes: false },
  "Set-RegistryData": { parameters: ["Key", "Name", "Type", "Data"], changes: true },
  "Remove-RegistryData": { parameters: ["Key", "Name"], changes: true },
  "New-RegistryKey": { parameters: ["Key"], changes: true },
  "Remove-RegistryKey": { parameters: ["Key"], changes: true },
  "Set-FileSecurity": { parameters: ["Path", "Owner", "Sddl"], changes: true },
  "Rename-FileItem": { parameters: ["Path", "NewPath"], changes: true },
  "New-SecuredFolder": { parameters: ["Path", "Owner", "Sddl"], changes: true },
  "Copy-SecuredFile": { parameters: ["Path", "Destination"], changes: true },
  "Remove-StoreCertificate": { parameters: ["Store", "Thumbprint"], changes: true },
  "Set-CertificateBlob": { parameters: ["Store", "Thumbprint", "Blob"], changes: true },
  "Stop-RdpService": { parameters: ["Name", "TimeoutSeconds"], changes: true },
  "Start-RdpService": { parameters: ["Name", "TimeoutSeconds"], changes: true },
  "Stop-HungService": { parameters: ["Name"], changes: true },
  "Set-ServiceSetting": { parameters: ["Name", "StartMode", "Account", "Type"], changes: true },
  "Set-AccountRight": { parameters: ["Right", "Sid", "Held"], changes: true },
  "Set-FirewallRuleEnabled": { parameters: ["Name", "Enabled"], changes: true },
  "Set-FirewallBlockAll": { parameters: ["Profile", "BlockAll"], changes: true },
  "Register-RestoreTask": { parameters: ["Value", "Weakened", "Former", "Until"], changes: true },
  "Unregister-RestoreTask": { parameters: ["Value"], changes: true },
  "Wait-RdpListener": { parameters: ["Port", "TimeoutSeconds"], changes: false },
  "Wait-Seconds": { parameters: ["Seconds"], changes: false },
  "New-PrivateFolder": { parameters: ["Path"], changes: true },
  "Lock-JournalFolder": { parameters: ["Path"], changes: true },
  "New-MarkerFile": { parameters: ["Path"], changes: true },
  "Add-JournalLine": { parameters: ["Path", "Line"], changes: true },
  "Get-JournalLines": { parameters: ["Path"], changes: false },
  "Get-JournalFolders": { parameters: [], changes: false },
  "Remove-JournalFolder": { parameters: ["Name"], changes: true },
} as const satisfies { [Name in keyof WindowsAdapter]: { parameters: ParametersOf<Name>; changes: boolean } };

export type AdapterFunction = keyof typeof adapterFunctions;
export const adapterFunctionNames = Object.keys(adapterFunctions) as AdapterFunction[];

export function isAdapterFunction(name: string): name is AdapterFunction {
  return Object.hasOwn(adapterFunctions, name);
}
