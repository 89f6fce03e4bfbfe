import { logOnRights, trustees } from "../core/log-on.ts";
import { declaredValues, weakenableValueIds } from "../core/registry-value.ts";
import { cryptoServices } from "../core/supporting-services.ts";
import { rdpServices } from "../core/windows.ts";
import { serviceWait } from "./protocol.ts";

/*
 * The resources in Windows that an operation leads from one state to another: what they are called, how the Windows
 * adapter reads and writes them, and which ones a journal may name. Both guests take it from here; the scripts through
 * the generated file `resource-fields.ps1`.
 */

/**
 * A call of the Windows adapter. A parameter is `resource.<field>`, `state` or `state.<property>`; `rdp-port`, the port of
 * the listener; or the value itself.
 */
export interface AdapterCall {
  readonly call: `${string}-${string}`;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** What a call returns is the state; or some of its properties, one property, or one property of the item with this name in a list. */
export interface ResourceRead extends AdapterCall {
  readonly properties?: readonly string[];
  readonly property?: string;
  readonly list?: string;
}

export interface ResourceKind {
  /** What a sentence calls it: `{field}` is the text of that field. */
  readonly title: string;
  /**
   * Its fields, each with the texts that a journal may hold there, as a regular expression of the whole text. What also
   * depends on this Windows or on two fields together, each guest checks by itself.
   */
  readonly fields: Readonly<Record<string, string>>;
  readonly read: ResourceRead;
  readonly write: AdapterCall;
  /** The call that takes the place of `write` for this state; `null` is the absence of the resource. */
  readonly writeFor?: AdapterCall & { readonly state: string | null };
}

/** Any text is allowed in the field. */
export const anyText = ".*";

function oneOf(texts: readonly string[]): string {
  return texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
}

const value = { Key: "resource.key", Name: "resource.name" };
const certificate = { Store: "Remote Desktop", Thumbprint: "resource.thumbprint" };
const cryptoService = { Name: "resource.service", TimeoutSeconds: serviceWait.seconds };

export const resourceKinds = {
  /** Its type and data. */
  "registry-value": {
    title: "HKLM\\{key}\\{name}",
    fields: { key: anyText, name: anyText },
    read: { call: "Get-RegistryData", parameters: value },
    write: { call: "Set-RegistryData", parameters: { ...value, Type: "state.type", Data: "state.data" } },
    writeFor: { state: null, call: "Remove-RegistryData", parameters: value },
  },
  /** `empty` or `used`; made and removed only when it is empty. */
  "registry-key": {
    title: "The registry key HKLM\\{key}",
    fields: { key: anyText },
    read: { call: "Get-RegistryKeyState", parameters: { Key: "resource.key" } },
    write: { call: "New-RegistryKey", parameters: { Key: "resource.key" } },
    writeFor: { state: null, call: "Remove-RegistryKey", parameters: { Key: "resource.key" } },
  },
  /** Owner and access part of a file or folder. */
  "file-security": {
    title: "The permissions of {path}",
    fields: { path: anyText },
    read: { call: "Get-FileFacts", parameters: { Path: "resource.path" }, properties: ["owner", "sddl"] },
    write: {
      call: "Set-FileSecurity",
      parameters: { Path: "resource.path", Owner: "state.owner", Sddl: "state.sddl" },
    },
  },
  /** Of the store "Remote Desktop", and no other: its blob, which names the key and does not hold it. */
  certificate: {
    title: "The certificate {thumbprint}",
    fields: { thumbprint: "[0-9A-F]{40}" },
    read: { call: "Get-CertificateBlob", parameters: certificate },
    write: { call: "Set-CertificateBlob", parameters: { ...certificate, Blob: "state" } },
    writeFor: { state: null, call: "Remove-StoreCertificate", parameters: certificate },
  },
  /** How a service starts, not whether it runs. */
  "service-setting": {
    title: "The settings of the service {service}",
    fields: { service: oneOf([...rdpServices, ...cryptoServices]) },
    read: {
      call: "Get-ServiceFacts",
      parameters: { Name: "resource.service" },
      properties: ["account", "startMode", "type"],
    },
    write: {
      call: "Set-ServiceSetting",
      parameters: {
        Name: "resource.service",
        StartMode: "state.startMode",
        Account: "state.account",
        Type: "state.type",
      },
    },
  },
  /** Whether a service runs; only of the services behind the certificate's key. */
  "service-state": {
    title: "The state of the service {service}",
    fields: { service: oneOf(cryptoServices) },
    read: { call: "Get-ServiceFacts", parameters: { Name: "resource.service" }, property: "state" },
    write: { call: "Stop-RdpService", parameters: cryptoService },
    writeFor: { state: "Running", call: "Start-RdpService", parameters: cryptoService },
  },
  /** Whether it is enabled. */
  "firewall-rule": {
    title: "The firewall rule {name}",
    fields: { name: anyText },
    read: { call: "Get-FirewallFacts", parameters: { Port: "rdp-port" }, list: "rules", property: "enabled" },
    write: { call: "Set-FirewallRuleEnabled", parameters: { Name: "resource.name", Enabled: "state" } },
  },
  /** Whether it blocks all, whatever rules allow. */
  "firewall-profile": {
    title: "The firewall profile {name}",
    fields: { name: "Domain|Private|Public" },
    read: { call: "Get-FirewallFacts", parameters: { Port: "rdp-port" }, list: "profiles", property: "blockAll" },
    write: { call: "Set-FirewallBlockAll", parameters: { Profile: "resource.name", BlockAll: "state" } },
  },
  /** Whether the account holds the right. */
  "log-on-right": {
    title: "{right} of {sid}",
    fields: {
      right: oneOf(Object.values(logOnRights)),
      sid: oneOf(Object.values(trustees).map(({ sid }) => sid)),
    },
    read: { call: "Get-AccountRight", parameters: { Right: "resource.right", Sid: "resource.sid" } },
    write: {
      call: "Set-AccountRight",
      parameters: { Right: "resource.right", Sid: "resource.sid", Held: "state" },
    },
  },
  /** The task of Windows that restores this value of RDP-Tcp: from what, to what, and when. */
  "restore-task": {
    title: "The task that restores {value}",
    fields: { value: oneOf(weakenableValueIds.map((id) => declaredValues[id].name)) },
    read: { call: "Get-RestoreTask", parameters: { Value: "resource.value" } },
    write: {
      call: "Register-RestoreTask",
      parameters: {
        Value: "resource.value",
        Weakened: "state.weakened",
        Former: "state.former",
        Until: "state.until",
      },
    },
    writeFor: { state: null, call: "Unregister-RestoreTask", parameters: { Value: "resource.value" } },
  },
} as const satisfies Record<string, ResourceKind>;

export type ResourceKindName = keyof typeof resourceKinds;

/** One resource, as a journal names it. */
export type Resource = {
  [Kind in ResourceKindName]: { readonly kind: Kind } & Readonly<
    Record<keyof (typeof resourceKinds)[Kind]["fields"], string>
  >;
}[ResourceKindName];

/** What a sentence calls a resource. */
export function resourceTitle(resource: Resource): string {
  const fields: Record<string, string> = resource;
  return resourceKinds[resource.kind].title.replace(/\{(\w+)\}/g, (_, field: string) => fields[field] ?? "");
}
