import { z } from "zod";
import { FileSecurity, ServiceFacts } from "./guest-evidence.ts";
import { keyTargets, onlyGrants } from "./key-permissions.ts";
import { changeableRights, type LogOnRight, logOnRights, type Trustee, trustees } from "./log-on.ts";
import { declaredValues, RegistryData, RegistryValueId, registryPath, weakenableValueIds } from "./registry-value.ts";
import { type CryptoService, cryptoServices, supportingServices } from "./supporting-services.ts";
import { rdpServices } from "./windows.ts";

/*
 * The closed list of what may be changed inside a VM. Each Change carries `was`, the state in the evidence. The guest
 * reads the state again before it changes anything, and refuses the whole list when any `was` no longer holds.
 */

const ServiceSetting = ServiceFacts.pick({ account: true, startMode: true, type: true });

export const SetRegistryValue = z.strictObject({
  kind: z.literal("set-registry-value"),
  value: RegistryValueId,
  to: RegistryData,
  was: RegistryData.nullable(),
});

export const RemoveRegistryValue = z.strictObject({
  kind: z.literal("remove-registry-value"),
  value: RegistryValueId,
  was: RegistryData,
});

/** How long a value may stay weakened, in minutes. */
export const maximumWeakenMinutes = 1440;

/**
 * Weakens a value temporarily. The guest first registers a scheduled task, and only then weakens the value. The task
 * restores the former data, unless the value was changed since. So the value does not stay weakened when a run is
 * forgotten or the service is lost.
 */
export const WeakenRegistryValue = z.strictObject({
  kind: z.literal("weaken-registry-value"),
  value: z.enum(weakenableValueIds),
  to: RegistryData,
  /** The former data, which the task can restore: absent, or data that a Change may write. */
  was: RegistryData.nullable(),
  /** Counted from the moment of weakening, by the guest's clock. */
  minutes: z.number().int().min(1).max(maximumWeakenMinutes),
});
export type WeakenRegistryValue = z.infer<typeof WeakenRegistryValue>;

/**
 * Adds Windows' default entries to the access part of one file or folder, and drops deny entries that block them. All
 * other entries and the owner stay; nothing below or beside it is changed. The certificate's key is the key of the
 * certificate that the listener is bound to.
 */
export const GrantKeyAccess = z.strictObject({
  kind: z.literal("grant-key-access"),
  target: z.enum(keyTargets),
  to: FileSecurity,
  was: FileSecurity,
});
export type GrantKeyAccess = z.infer<typeof GrantKeyAccess>;

/** Renames the RDP key file of this machine aside; Windows makes a new one when SessionEnv starts. */
export const RenameRdpKey = z.strictObject({
  kind: z.literal("rename-rdp-key"),
  was: z.strictObject({ name: z.string(), bytes: z.number().int().nonnegative() }),
});

/**
 * Renames the MachineKeys folder aside, creates it again with the default descriptor, and copies every key but the RDP
 * key back.
 */
export const RenameMachineKeysFolder = z.strictObject({
  kind: z.literal("rename-machine-keys-folder"),
  /** The number of the other keys and their digest, as in the evidence. */
  was: z.strictObject({ count: z.number().int().nonnegative(), digest: z.string() }),
  /** Continue although some key file cannot be read. */
  force: z.boolean(),
});

/** Removes one self-signed certificate from the "Remote Desktop" store. */
export const RemoveRdpCertificate = z.strictObject({
  kind: z.literal("remove-rdp-certificate"),
  thumbprint: z.string(),
  was: z.strictObject({ notAfter: z.string() }),
});

/**
 * Surrounds all other changes: the services stop before the first change and start after the last, so that no key is
 * replaced under a running service.
 */
export const RestartRdpServices = z.strictObject({
  kind: z.literal("restart-rdp-services"),
  was: z.strictObject({ TermService: z.string() }),
});

/**
 * Sets how a service starts. Of the services behind the certificate's key only the start mode is set, back to that of
 * Windows, and they are started at once.
 */
export const ConfigureService = z.strictObject({
  kind: z.literal("configure-service"),
  service: z.enum([...rdpServices, ...cryptoServices]),
  to: ServiceSetting,
  was: ServiceSetting,
});

/** Gives one log-on right to one well-known account or group, or takes it away. Other holders and rights stay. */
export const SetLogOnRight = z.strictObject({
  kind: z.literal("set-log-on-right"),
  right: z.enum(Object.keys(logOnRights) as [LogOnRight, ...LogOnRight[]]),
  account: z.enum(Object.keys(trustees) as [Trustee, ...Trustee[]]),
  /** Whether the account holds the right. */
  to: z.boolean(),
  was: z.boolean(),
});
export type SetLogOnRight = z.infer<typeof SetLogOnRight>;

/** Enables the built-in Remote Desktop rules, addressed by resource id. */
export const EnableFirewallGroup = z.strictObject({
  kind: z.literal("enable-firewall-group"),
  /** The names of the group's rules that were disabled. */
  was: z.strictObject({ disabled: z.array(z.string()) }),
});

/** Changes "block all, even allowed apps" to "block what no rule allows". The firewall is never turned off. */
export const SetFirewallInbound = z.strictObject({
  kind: z.literal("set-firewall-inbound"),
  profile: z.enum(["Domain", "Private", "Public"]),
  to: z.literal("block"),
  was: z.literal("block-all"),
});

export const Change = z.discriminatedUnion("kind", [
  SetRegistryValue,
  RemoveRegistryValue,
  GrantKeyAccess,
  RenameRdpKey,
  RenameMachineKeysFolder,
  RemoveRdpCertificate,
  RestartRdpServices,
  ConfigureService,
  SetLogOnRight,
  EnableFirewallGroup,
  SetFirewallInbound,
  WeakenRegistryValue,
]);
export type Change = z.infer<typeof Change>;

/**
 * The kinds in the order in which a plan applies them: settings first; keys before the certificates that depend on
 * them; weakening only after all else has worked; restart last.
 */
export const changeOrder = [
  "set-registry-value",
  "remove-registry-value",
  "configure-service",
  "set-log-on-right",
  "grant-key-access",
  "rename-machine-keys-folder",
  "rename-rdp-key",
  "remove-rdp-certificate",
  "enable-firewall-group",
  "set-firewall-inbound",
  "weaken-registry-value",
  "restart-rdp-services",
] as const satisfies readonly Change["kind"][];

/** After these Windows makes a key or a certificate by itself, at the next start of SessionEnv or the next connection. */
export const renewingKinds = [
  "remove-rdp-certificate",
  "rename-rdp-key",
  "rename-machine-keys-folder",
] as const satisfies readonly Change["kind"][];

/** What a sentence calls the permissions of each target. */
export const keyTargetNames: Record<GrantKeyAccess["target"], string> = {
  "machine-keys-folder": "permissions of the MachineKeys folder",
  "rdp-key": "permissions of the RDP key file",
  "certificate-key": "permissions of the key file of the listener's certificate",
};

/** The target of a Change. Two Changes of one plan never share a target. */
export function changeTarget(change: Change): string {
  switch (change.kind) {
    case "set-registry-value":
    case "remove-registry-value":
    case "weaken-registry-value":
      return registryPath(change.value);
    case "grant-key-access":
      return keyTargetNames[change.target];
    case "rename-rdp-key":
      return `MachineKeys\\${change.was.name}`;
    case "rename-machine-keys-folder":
      return "MachineKeys folder";
    case "remove-rdp-certificate":
      return `certificate ${change.thumbprint}`;
    case "restart-rdp-services":
      return "services SessionEnv, TermService, UmRdpService";
    case "configure-service":
      return `service ${change.service}`;
    case "set-log-on-right":
      return `${logOnRights[change.right]} of ${trustees[change.account].sid}`;
    case "enable-firewall-group":
      return "firewall group Remote Desktop";
    case "set-firewall-inbound":
      return `firewall profile ${change.profile}`;
  }
}

function spell(data: RegistryData | null): string {
  if (data === null) return "absent";
  return Array.isArray(data.data) ? data.data.join(",") : String(data.data);
}

/** A short description of a Change, e.g. `remove certificate BDDA99D6...`. */
export function nameChange(change: Change): string {
  const verb = change.kind.slice(0, change.kind.indexOf("-"));
  return `${verb} ${changeTarget(change)}`;
}

/** One line for people: target, former state, new state. */
export function describeChange(change: Change): string {
  const target = changeTarget(change);
  switch (change.kind) {
    case "set-registry-value":
      return `set ${target}: ${spell(change.was)} -> ${spell(change.to)}`;
    case "remove-registry-value":
      return `remove ${target}: ${spell(change.was)} -> absent`;
    case "weaken-registry-value":
      return `weaken ${target} for ${change.minutes} min: ${spell(change.was)} -> ${spell(change.to)}`;
    case "grant-key-access":
      return `set ${target}: ${change.was.sddl} -> ${change.to.sddl}`;
    case "rename-rdp-key":
      return `rename ${target} aside; Windows makes a new key`;
    case "rename-machine-keys-folder":
      return `rename ${target} aside, make it anew, carry ${change.was.count} other keys back`;
    case "remove-rdp-certificate":
      return `remove self-signed ${target} (expires ${change.was.notAfter}); Windows makes a new one`;
    case "restart-rdp-services":
      return `restart ${target}`;
    case "configure-service":
      return `configure ${target}: ${change.was.startMode}, ${change.was.account}, ${change.was.type} -> ${change.to.startMode}, ${change.to.account}, ${change.to.type}`;
    case "set-log-on-right":
      return `${change.to ? "give" : "take"} ${logOnRights[change.right]} ${change.to ? "to" : "from"} ${trustees[change.account].name} (${trustees[change.account].sid})`;
    case "enable-firewall-group":
      return `enable ${target}: ${change.was.disabled.join(", ")}`;
    case "set-firewall-inbound":
      return `set ${target}: block everything -> block what no rule allows`;
  }
}

/**
 * Kinds of which only these Changes are allowed: the fields that tell them apart, and their values. The guest has the same
 * table. The other kinds have rules of their own, below and in `lib/guest/scripts/allow-list.ps1`.
 */
export const allowedChanges: {
  readonly [Kind in Change["kind"]]?: {
    readonly fields: readonly string[];
    readonly values: readonly (readonly (string | boolean)[])[];
  };
} = {
  "set-log-on-right": {
    fields: ["right", "account", "to"],
    values: changeableRights.map(({ right, trustee, held }) => [right, trustee, held]),
  },
  "set-firewall-inbound": {
    fields: ["profile", "to"],
    values: SetFirewallInbound.shape.profile.options.map((profile) => [profile, "block"]),
  },
  "rename-machine-keys-folder": { fields: ["force"], values: [[true], [false]] },
  "restart-rdp-services": { fields: [], values: [[]] },
};

/** Whether the guest's allow-list permits this Change. The guest decides again by itself. */
export function isAllowed(change: Change): boolean {
  switch (change.kind) {
    case "set-registry-value":
      return holds(declaredValues[change.value].mayBecome, change.to);
    case "remove-registry-value":
      return declaredValues[change.value].mayBeRemoved;
    case "weaken-registry-value": {
      const { mayBecome, mayBeWeakenedTo } = declaredValues[change.value];
      return holds(mayBeWeakenedTo, change.to) && (change.was === null || holds(mayBecome, change.was));
    }
    case "configure-service":
      return isCryptoService(change.service) ? enables(change.service, change) : true;
    case "grant-key-access":
      return change.to.owner === change.was.owner && onlyGrants(change.target, change.was.sddl, change.to.sddl);
    default:
      return isListed(change);
  }
}

function isListed(change: Change): boolean {
  const list = allowedChanges[change.kind];
  if (!list) return true;
  const fields: Readonly<Record<string, unknown>> = change;
  return list.values.some((values) => list.fields.every((field, at) => fields[field] === values[at]));
}

export function isCryptoService(name: string): name is CryptoService {
  return (cryptoServices as readonly string[]).includes(name);
}

function enables(name: CryptoService, { to, was }: Pick<z.infer<typeof ConfigureService>, "to" | "was">): boolean {
  const { startMode } = supportingServices[name];
  return to.startMode === startMode && to.account === was.account && to.type === was.type;
}

function holds(list: readonly RegistryData[], data: RegistryData): boolean {
  return list.some((one) => one.type === data.type && JSON.stringify(one.data) === JSON.stringify(data.data));
}

/** The result of one Change. `changed: false`: the state was already as requested. */
export const Receipt = z.strictObject({
  kind: z.enum(changeOrder),
  target: z.string().max(512),
  changed: z.boolean(),
  note: z.string().max(512).nullable(),
});
export type Receipt = z.infer<typeof Receipt>;
