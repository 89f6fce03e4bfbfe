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
import type { RegistryData } from "../../lib/core/registry-value.ts";
import type { AgentService, RdpService } from "../../lib/core/windows.ts";

/** What stands at a path. `sddl` is the access part alone. */
export interface FileFacts {
  folder: boolean;
  bytes: number;
  reparsePoint: boolean;
  owner: string;
  sddl: string;
}

/** The value whose restoring a scheduled task can do; also the task's name. */
export type RestoredValue = "UserAuthentication" | "SecurityLayer";

/** What a registered task will do: at `until`, and every few minutes until it has worked, if the value is `weakened` still. */
export interface RestoreTask {
  weakened: number;
  /** `null`: the value was absent. */
  former: number | null;
  /** RFC 3339, UTC, in whole seconds. */
  until: string;
}

/**
 * The Windows adapter: every function of `lib/guest/scripts/windows.ps1`, by its PowerShell name, with its parameters as one
 * object. The guest's scripts reach Windows through these alone, so whoever answers them is the Windows they see:
 * `windows.ps1` on a VM, this sandbox's simulator here, for the modelled guest and for the real scripts alike.
 *
 * Arguments and answers are plain JSON. `null` is "there is none"; a function that cannot read or do what it was
 * asked throws. Registry keys are below HKEY_LOCAL_MACHINE.
 */
export interface WindowsAdapter {
  // Looking.
  "Get-UtcNow"(): string;
  "Get-WindowsSystem"(): z.infer<typeof SystemSection>;
  "Get-ServiceFacts"(p: { Name: RdpService | AgentService }): ServiceFacts | null;
  "Get-RegistryData"(p: { Key: string; Name: string }): RegistryData | null;
  "Get-PortOwner"(p: { Port: number }): z.infer<typeof ListenerSection>["owner"];
  "Get-WinStationList"(): z.infer<typeof ListenerSection>["winStations"];
  "Get-CertificateOrigin"(): "invalid" | "self-signed" | "policy" | "custom" | null;
  /** Every certificate of a LocalMachine store. Opens each key to learn whether it is usable. */
  "Get-StoreCertificates"(p: { Store: CertificateFacts["store"] }): CertificateFacts[];
  /** The services known to use this certificate of LocalMachine, beside Remote Desktop: http.sys bindings, WinRM, SQL Server, the Azure agent. */
  "Get-CertificateUsers"(p: { Thumbprint: string }): string[];
  /** The file that holds the key of a certificate, of CryptoAPI or CNG; `null` where that cannot be told. */
  "Get-CertificateKeyPath"(p: { Store: CertificateFacts["store"]; Thumbprint: string }): string | null;
  "Get-MachineKeysPath"(): string;
  "Get-JournalRoot"(): string;
  "Get-FileFacts"(p: { Path: string }): FileFacts | null;
  /** The files of a folder, not those below its subfolders. `readable`: whether SYSTEM can open it, and it is no link. */
  "Get-FolderFiles"(p: { Path: string }): { name: string; bytes: number; readable: boolean }[];
  "Get-FileSha256"(p: { Path: string }): string;
  "Get-ServerProtocols"(): z.infer<typeof SchannelSection>["protocols"];
  /** Names of the suites that Windows would offer now, in its order. */
  "Get-TlsSuiteNames"(): string[];
  "Get-FirewallFacts"(p: { Port: number }): FirewallSection;
  "Get-EventCounts"(p: { Hours: number }): z.infer<typeof EventsSection>;
  "Get-SessionCounts"(): z.infer<typeof SessionsSection>;
  "Get-RdpHandshake"(p: { Port: number }): z.infer<typeof HandshakeSection>;
  /** `null` when there is none; one that somebody changed differs from what was registered. */
  "Get-RestoreTask"(p: { Value: RestoredValue }): RestoreTask | null;
  /** The certificate with its properties (key container, provider) as Windows keeps it in the registry, base64. */
  "Get-CertificateBlob"(p: { Store: string; Thumbprint: string }): string | null;

  // Changing.
  "Set-RegistryData"(p: { Key: string; Name: string; Type: RegistryData["type"]; Data: RegistryData["data"] }): null;
  "Remove-RegistryData"(p: { Key: string; Name: string }): null;
  "Set-FileSecurity"(p: { Path: string; Owner: string; Sddl: string }): null;
  /** Moves a file or folder to another name on the same volume; fails when the new name is taken. */
  "Rename-FileItem"(p: { Path: string; NewPath: string }): null;
  "New-SecuredFolder"(p: { Path: string; Owner: string; Sddl: string }): null;
  /** Copies one file with owner and access part; fails when the destination exists. */
  "Copy-SecuredFile"(p: { Path: string; Destination: string }): null;
  "Remove-StoreCertificate"(p: { Store: string; Thumbprint: string }): null;
  "Set-CertificateBlob"(p: { Store: string; Thumbprint: string; Blob: string }): null;
  /** Answers when the service is there, or throws after the time. Stopped and Running are what they say. */
  "Stop-RdpService"(p: { Name: RdpService; TimeoutSeconds: number }): null;
  "Start-RdpService"(p: { Name: RdpService; TimeoutSeconds: number }): null;
  /** Ends the process of a service that hangs in a pending state; refuses when other services live in that process. */
  "Stop-HungService"(p: { Name: RdpService }): null;
  "Set-ServiceSetting"(p: {
    Name: RdpService;
    StartMode: ServiceFacts["startMode"];
    Account: string;
    Type: "own" | "share";
  }): null;
  "Set-FirewallRuleEnabled"(p: { Name: string; Enabled: boolean }): null;
  "Set-FirewallBlockAll"(p: { Profile: "Domain" | "Private" | "Public"; BlockAll: boolean }): null;
  /**
   * Registers a scheduled task, run as SYSTEM, that restores a value of RDP-Tcp, starts the services anew for it, and
   * deletes itself. It runs also when its time passed while the VM was off. Fails when there is such a task already.
   */
  "Register-RestoreTask"(p: { Value: RestoredValue; Weakened: number; Former: number | null; Until: string }): null;
  /** Fine when it is gone: it may have done its work a moment ago. */
  "Unregister-RestoreTask"(p: { Value: RestoredValue }): null;
  /** Waits until TermService holds the port; answers whether it does. */
  "Wait-RdpListener"(p: { Port: number; TimeoutSeconds: number }): boolean;
  /** Lets time pass, in the clock of `Get-UtcNow`: between two looks at what Windows does by itself. */
  "Wait-Seconds"(p: { Seconds: number }): null;

  // The journal, which is ours.
  /**
   * Makes a folder, and its parents, that only SYSTEM and Administrators may open; fine when it is there and is like
   * that. Throws for one that others may open or own, and for a link.
   */
  "New-PrivateFolder"(p: { Path: string }): null;
  /**
   * Holds this file open for this process alone until it ends, however it ends; `false` when another process holds
   * it. Two scripts never work in one VM at a time, and a journal without an end belongs to one that is dead.
   */
  "Lock-JournalFolder"(p: { Path: string }): boolean;
  /** Makes an empty file; `false` when it was there already. Atomic. */
  "New-MarkerFile"(p: { Path: string }): boolean;
  /** Appends one line and flushes it to the disk before it answers. */
  "Add-JournalLine"(p: { Path: string; Line: string }): null;
  /** The lines of a journal; none when there is no such file. */
  "Get-JournalLines"(p: { Path: string }): string[];
  /** What stands in the journal's root and may be a run's folder: no file, and no link to another place. */
  "Get-JournalFolders"(): { name: string; writtenAt: string }[];
  /** Deletes one folder of the journal's root with all that is in it; follows no link, neither to it nor in it. */
  "Remove-JournalFolder"(p: { Name: string }): null;
}
