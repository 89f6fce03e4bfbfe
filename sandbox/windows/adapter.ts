import type { z } from "zod";
import type {
  CertificateFacts,
  EventsSection,
  FirewallSection,
  HandshakeSection,
  ListenerSection,
  SchannelSection,
  ServiceFacts,
  SessionsSection,
  SystemSection,
} from "../../lib/core/guest-evidence.ts";
import type { GuestNetworkReply } from "../../lib/core/guest-network.ts";
import type { InstalledProductsReply } from "../../lib/core/installed-products.ts";
import type {
  DomainSection,
  LicensingSection,
  LogOnsSection,
  RightsSection,
  SubsystemSection,
} from "../../lib/core/log-on.ts";
import type { RegistryData } from "../../lib/core/registry-value.ts";
import type { CryptoService, SupportingServicesReply } from "../../lib/core/supporting-services.ts";
import type { AgentService, RdpService } from "../../lib/core/windows.ts";

/** The file or folder at a path. `sddl` is the access part (DACL) only. */
export interface FileFacts {
  folder: boolean;
  bytes: number;
  reparsePoint: boolean;
  owner: string;
  sddl: string;
}

/** The value that a scheduled task can restore; also the task's name. */
export type RestoredValue = "UserAuthentication" | "SecurityLayer";

/**
 * What a registered task does: at `until`, and every few minutes until it has succeeded, it restores the value, if the
 * value is still `weakened`.
 */
export interface RestoreTask {
  weakened: number;
  /** `null`: the value was absent. */
  former: number | null;
  /** RFC 3339, UTC, in whole seconds. */
  until: string;
}

/**
 * The Windows adapter: every function of `lib/guest/scripts/windows.ps1`, by its PowerShell name, with its parameters
 * as one object. The guest's scripts reach Windows only through these functions. On a VM `windows.ps1` implements them.
 * Here the sandbox's simulator implements them, for the modelled guest and for the real scripts.
 *
 * Arguments and results are plain JSON. `null` means "there is none"; a function that cannot read or do what was
 * requested throws. Registry keys are below HKEY_LOCAL_MACHINE.
 */
export interface WindowsAdapter {
  // Read-only functions.
  "Get-UtcNow"(): string;
  "Get-WindowsSystem"(): z.infer<typeof SystemSection>;
  /** From the registry: it is needed where WMI does not answer, too. */
  "Get-MachineGuid"(): string;
  /** The progress that a service reports while it starts or stops (dwCheckPoint); `null` when it is not there. */
  "Get-ServiceCheckPoint"(p: { Name: RdpService }): number | null;
  "Get-ServiceFacts"(p: { Name: RdpService | AgentService | CryptoService }): ServiceFacts | null;
  "Get-SupportingServices"(): SupportingServicesReply;
  "Get-GuestNetwork"(): GuestNetworkReply;
  "Get-InstalledProducts"(): InstalledProductsReply;
  "Get-RegistryData"(p: { Key: string; Name: string }): RegistryData | null;
  /** `null`: no such key; `used`: it has values or keys in it. */
  "Get-RegistryKeyState"(p: { Key: string }): "empty" | "used" | null;
  "Get-AlgorithmsOff"(): string[];
  "Get-PortOwner"(p: { Port: number }): z.infer<typeof ListenerSection>["owner"];
  "Get-TermServicePorts"(): number[];
  "Get-WinStationList"(): z.infer<typeof ListenerSection>["winStations"];
  "Get-CertificateOrigin"(): "invalid" | "self-signed" | "policy" | "custom" | null;
  /** The registry keys of a store on which an entry denies SYSTEM to write; `inherited`: it is one of a key above. */
  "Get-StoreDenials"(p: { Store: CertificateFacts["store"] }): { key: string; inherited: boolean }[];
  /** Every certificate of a LocalMachine store. Opens each key to learn whether it is usable. */
  "Get-StoreCertificates"(p: { Store: CertificateFacts["store"] }): CertificateFacts[];
  /**
   * The services known to use this certificate of LocalMachine, apart from Remote Desktop: http.sys bindings, WinRM,
   * SQL Server, the Azure agent.
   */
  "Get-CertificateUsers"(p: { Thumbprint: string }): string[];
  /** The file that holds the key of a certificate, of CryptoAPI or CNG; `null` when the file is not known. */
  "Get-CertificateKeyPath"(p: { Store: CertificateFacts["store"]; Thumbprint: string }): string | null;
  "Get-MachineKeysPath"(): string;
  /** The folder of the keys of CNG's software provider. */
  "Get-CngKeysPath"(): string;
  "Get-JournalRoot"(): string;
  /** Where earlier versions kept their journals. Every user can create a folder of this name. */
  "Get-FormerJournalRoot"(): string;
  "Get-FileFacts"(p: { Path: string }): FileFacts | null;
  /** The files of a folder, not those below its subfolders. `readable`: SYSTEM can open it, and it is no link. */
  "Get-FolderFiles"(p: { Path: string }): { name: string; bytes: number; readable: boolean }[];
  "Get-FileSha256"(p: { Path: string }): string;
  "Get-ServerProtocols"(): z.infer<typeof SchannelSection>["protocols"];
  /** The names of the suites that Windows would offer now, in its order. */
  "Get-TlsSuiteNames"(): string[];
  /** The names of the suites in the local configuration, which a policy's list replaces. */
  "Get-LocalSuiteNames"(): string[];
  "Get-FirewallFacts"(p: { Port: number }): FirewallSection;
  "Get-EventCounts"(p: { Hours: number }): z.infer<typeof EventsSection>;
  "Get-SessionCounts"(): z.infer<typeof SessionsSection>;
  "Get-RdpHandshake"(p: { Port: number }): z.infer<typeof HandshakeSection>;
  "Get-LogOnRights"(): z.input<typeof RightsSection>;
  "Get-AccountRight"(p: { Right: string; Sid: string }): boolean;
  "Get-LicensingFacts"(): z.input<typeof LicensingSection>;
  "Get-DomainFacts"(): z.input<typeof DomainSection>;
  "Get-LogOnFacts"(): z.input<typeof LogOnsSection>;
  "Get-SubsystemFacts"(): z.input<typeof SubsystemSection>;
  /** `null` when there is none; a task that was changed differs from what was registered. */
  "Get-RestoreTask"(p: { Value: RestoredValue }): RestoreTask | null;
  /** The certificate with its properties (key container, provider) as Windows keeps it in the registry, base64. */
  "Get-CertificateBlob"(p: { Store: string; Thumbprint: string }): string | null;

  // Functions that change Windows.
  /** Fails when the key is missing. */
  "Set-RegistryData"(p: { Key: string; Name: string; Type: RegistryData["type"]; Data: RegistryData["data"] }): null;
  "Remove-RegistryData"(p: { Key: string; Name: string }): null;
  "New-RegistryKey"(p: { Key: string }): null;
  /** Fails when the key is not empty. */
  "Remove-RegistryKey"(p: { Key: string }): null;
  "Set-FileSecurity"(p: { Path: string; Owner: string; Sddl: string }): null;
  /** Renames a file or folder on the same volume; fails on another one, and when the new name exists. */
  "Rename-FileItem"(p: { Path: string; NewPath: string }): null;
  /** Creates a folder with this descriptor; fails when it or a file of its name exists, or its parent does not. */
  "New-SecuredFolder"(p: { Path: string; Owner: string; Sddl: string }): null;
  /** Copies one file with owner and access part; fails when the destination exists. */
  "Copy-SecuredFile"(p: { Path: string; Destination: string }): null;
  "Remove-StoreCertificate"(p: { Store: string; Thumbprint: string }): null;
  "Set-CertificateBlob"(p: { Store: string; Thumbprint: string; Blob: string }): null;
  /** Returns when the service has the requested state, Stopped or Running; throws after the time-out. */
  "Stop-RdpService"(p: { Name: RdpService | CryptoService; TimeoutSeconds: number }): null;
  "Start-RdpService"(p: { Name: RdpService | CryptoService; TimeoutSeconds: number }): null;
  /** Ends the process of a service that hangs in a pending state; refuses when other services run in that process. */
  "Stop-HungService"(p: { Name: RdpService }): null;
  "Set-ServiceSetting"(p: {
    Name: RdpService | CryptoService;
    StartMode: ServiceFacts["startMode"];
    Account: string;
    Type: "own" | "share";
  }): null;
  /** Gives one right to one account or takes it; fails for an account that does not exist. */
  "Set-AccountRight"(p: { Right: string; Sid: string; Held: boolean }): null;
  "Set-FirewallRuleEnabled"(p: { Name: string; Enabled: boolean }): null;
  "Set-FirewallBlockAll"(p: { Profile: "Domain" | "Private" | "Public"; BlockAll: boolean }): null;
  /**
   * Registers a scheduled task that runs as SYSTEM, restores a value of RDP-Tcp, restarts the services so that it takes
   * effect, and deletes itself. It also runs when its time passed while the VM was off. Fails when such a task exists
   * already.
   */
  "Register-RestoreTask"(p: { Value: RestoredValue; Weakened: number; Former: number | null; Until: string }): null;
  /** Also succeeds when the task is gone: it may have run a moment ago. */
  "Unregister-RestoreTask"(p: { Value: RestoredValue }): null;
  /** Waits until TermService holds the port; returns whether it does. */
  "Wait-RdpListener"(p: { Port: number; TimeoutSeconds: number }): boolean;
  /** Waits, by the clock of `Get-UtcNow`, for something that Windows does by itself. */
  "Wait-Seconds"(p: { Seconds: number }): null;

  // The journal, which belongs to this product.
  /**
   * Locks this file for this process until the process ends, for whatever reason; `false` when another process has the
   * lock. So two scripts never work in one VM at the same time, and a journal without an end belongs to a process that
   * has died.
   */
  "Lock-JournalFolder"(p: { Path: string }): boolean;
  /** Creates an empty file; `false` when it exists already. Atomic. */
  "New-MarkerFile"(p: { Path: string }): boolean;
  /** Appends one line and flushes it to the disk before it returns. */
  "Add-JournalLine"(p: { Path: string; Line: string }): null;
  /** Owner and access part of a folder; `null` for what is no folder, a link, or not there. */
  "Get-FolderSecurity"(p: { Path: string }): { owner: string; sddl: string } | null;
  /** The lines of a journal; none when the file does not exist. */
  "Get-JournalLines"(p: { Path: string }): string[];
  /** The folders in a root that may be a run's: no files, and no links. */
  "Get-JournalFolders"(p: { Root: string }): { name: string; path: string; writtenAt: string }[];
  /** Deletes a folder with its content; follows no link, neither the folder itself nor one inside it. */
  "Remove-JournalFolder"(p: { Path: string }): null;
}
