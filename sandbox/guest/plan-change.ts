import { isDeepStrictEqual } from "node:util";
import {
  type Change,
  changeTarget,
  isAllowed,
  isCryptoService,
  type WeakenRegistryValue,
} from "../../lib/core/change.ts";
import { logOnRights, trustees } from "../../lib/core/log-on.ts";
import { hasDefaultAccount } from "../../lib/core/rdp-services.ts";
import { creatableKeys, declaredValues } from "../../lib/core/registry-value.ts";
import { mostKeysToCopy } from "../../lib/core/windows.ts";
import type { Resource } from "../../lib/guest/resources.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { restoredValue } from "../windows/restore-tasks.ts";
import { chosenKeyPath, declaredData, otherKeys, rdpKeyName, rdpKeyPath, summarizeKeys } from "./collect.ts";
import { firewallOf, leadTo, type Operation, rdpStore } from "./operations.ts";
import { stateOf } from "./services.ts";

/** What a change comes to in this Windows as it is now: operations, none when it is so already, or a refusal. */
export type PlannedChange = { operations: Operation[] } | { refused: string };

const already: PlannedChange = { operations: [] };

/** Why the guest would never do this, whatever it finds; `null` when it may. Its own word, not the sender's. */
export function findProhibition(change: Change): string | null {
  const target = changeTarget(change);
  if (!isAllowed(change)) return `The allow-list has no room for this change of ${target}.`;
  if (change.kind === "configure-service" && !isCryptoService(change.service)) {
    const { startMode } = change.to;
    const isOwnAccount = hasDefaultAccount(change.service, change.to);
    if (!isOwnAccount) return `Only its own account may be set: ${target}.`;
    if (startMode !== "Manual" && startMode !== "Auto") return `Only Manual and Auto may be set: ${target}.`;
  }
  return null;
}

function moved(change: Change, now: unknown): { refused: string } {
  return { refused: `${changeTarget(change)} is not as it was seen; it is now ${JSON.stringify(now)}.` };
}

function lead(resource: Resource, from: unknown, to: unknown): Operation {
  return { does: "resource", resource, from, to };
}

/** Leads a resource from the state that the change saw to the one that it asks for. */
function planSeen(
  adapter: WindowsAdapter,
  change: Extract<Change, { was: unknown; to: unknown }>,
  resource: Resource,
): { operations: Operation[] } | { refused: string } {
  const operations = leadTo(adapter, resource, change.to);
  const seen = operations.find(({ from }) => !isDeepStrictEqual(from, change.was));
  return seen ? moved(change, seen.from) : { operations };
}

/** `aside` gives free names in the journal's folder, for what is put aside. */
export function planChange(adapter: WindowsAdapter, change: Change, aside: () => string): PlannedChange {
  switch (change.kind) {
    case "set-registry-value":
    case "remove-registry-value": {
      const { key, name } = declaredValues[change.value];
      const to = change.kind === "set-registry-value" ? change.to : null;
      const from = declaredData(adapter, change.value);
      if (isDeepStrictEqual(from, to)) return already;
      if (from?.type === "other") {
        return { refused: `${name} is of the registry type ${from.data}, which an undo could not write again.` };
      }
      if (!isDeepStrictEqual(from, change.was)) return moved(change, from);
      if (change.value.startsWith("policy/") && adapter["Get-WindowsSystem"]().domainJoined) {
        return { refused: `This VM is in a domain, whose policy decides on ${changeTarget(change)}.` };
      }
      const missing = missingKeys(adapter, key);
      if (missing.length > 0 && !creatableKeys.includes(key)) {
        return {
          refused: `The registry key HKLM\\${key} is missing. Windows is damaged, and nothing is created there.`,
        };
      }
      const keys = missing.map((one) => lead({ kind: "registry-key", key: one }, null, "empty"));
      return { operations: [...keys, lead({ kind: "registry-value", key, name }, from, to)] };
    }
    case "weaken-registry-value":
      return planWeakening(adapter, change);
    case "grant-key-access": {
      const path = keyTargetPath(adapter, change.target);
      if (!path) return { refused: "The listener is bound to no certificate whose key is a file." };
      const link = findLink(adapter, path);
      return link ? { refused: link } : planSeen(adapter, change, { kind: "file-security", path });
    }
    case "configure-service": {
      const plan = planSeen(adapter, change, { kind: "service-setting", service: change.service });
      // A restart starts Remote Desktop's own services.
      if ("refused" in plan || !isCryptoService(change.service)) return plan;
      const start = leadTo(adapter, { kind: "service-state", service: change.service }, "Running");
      return { operations: [...plan.operations, ...start] };
    }
    case "set-log-on-right": {
      const [right, sid] = [logOnRights[change.right], trustees[change.account].sid];
      return planSeen(adapter, change, { kind: "log-on-right", right, sid });
    }
    case "rename-rdp-key":
      return planRdpKey(adapter, change, aside);
    case "rename-machine-keys-folder":
      return planFolder(adapter, change, aside);
    case "remove-rdp-certificate": {
      const { thumbprint } = change;
      const found = adapter["Get-StoreCertificates"]({ Store: rdpStore }).find((one) => one.thumbprint === thumbprint);
      const from = adapter["Get-CertificateBlob"]({ Store: rdpStore, Thumbprint: thumbprint });
      if (!found || !from) return already;
      const link = findLink(adapter, rdpKeyPath(adapter));
      if (link) return { refused: link };
      if (found.key.container?.toLowerCase() !== "tsseckeyset1")
        return {
          refused: `The certificate ${thumbprint} is not one that Windows made, and nobody would make it again.`,
        };
      if (!found.selfSigned)
        return { refused: `The certificate ${thumbprint} is not self-signed, and nobody would make it again.` };
      if (found.notAfter !== change.was.notAfter) return moved(change, found.notAfter);
      return { operations: [lead({ kind: "certificate", thumbprint }, from, null)] };
    }
    case "enable-firewall-group": {
      const off = firewallOf(adapter).rules.filter((rule) => rule.group && !rule.enabled);
      const disabled = off.map((rule) => rule.name);
      if (disabled.length === 0) return already;
      if (!isDeepStrictEqual([...disabled].sort(), [...change.was.disabled].sort())) return moved(change, disabled);
      const managed = off.find((rule) => rule.managedBy === "policy");
      if (managed) return { refused: `Group policy manages the firewall rule ${managed.name}.` };
      return { operations: disabled.map((name) => lead({ kind: "firewall-rule", name }, false, true)) };
    }
    case "set-firewall-inbound": {
      const profile = firewallOf(adapter).profiles.find((one) => one.name === change.profile);
      if (!profile) return moved(change, null);
      if (!profile.blockAll) return already;
      if (profile.managedBy === "policy")
        return { refused: `Group policy manages the firewall profile ${change.profile}.` };
      return { operations: [lead({ kind: "firewall-profile", name: change.profile }, true, false)] };
    }
    case "restart-rdp-services": {
      // SessionEnv writes a key when it finds a reason to, wherever that path leads.
      const link = findLink(adapter, rdpKeyPath(adapter));
      if (link) return { refused: link };
      const state = stateOf(adapter, "TermService");
      return state === change.was.TermService ? { operations: [] } : moved(change, state);
    }
  }
}

/** The keys that a value lacks, the outermost first. */
function missingKeys(adapter: WindowsAdapter, key: string): string[] {
  if (adapter["Get-RegistryKeyState"]({ Key: key }) !== null) return [];
  return [...missingKeys(adapter, key.slice(0, key.lastIndexOf("\\"))), key];
}

/** The one path behind each target: made here, and never taken from a request. */
function keyTargetPath(adapter: WindowsAdapter, target: Extract<Change, { kind: "grant-key-access" }>["target"]) {
  switch (target) {
    case "machine-keys-folder":
      return adapter["Get-MachineKeysPath"]();
    case "rdp-key":
      return rdpKeyPath(adapter);
    case "certificate-key":
      return chosenKeyPath(adapter);
  }
}

/** A sentence when MachineKeys or this path in it leads elsewhere: what is done there may hit anything. */
function findLink(adapter: WindowsAdapter, path: string): string | null {
  const isLink = (one: string) => adapter["Get-FileFacts"]({ Path: one })?.reparsePoint === true;
  const link = [adapter["Get-MachineKeysPath"](), path].find(isLink);
  return link ? `${link} is a link to another place.` : null;
}

/** The task first: a value is never weakened without the task that restores it. */
function planWeakening(adapter: WindowsAdapter, change: WeakenRegistryValue): PlannedChange {
  const { key, name } = declaredValues[change.value];
  const value = restoredValue(change.value);
  const from = declaredData(adapter, change.value);
  if (isDeepStrictEqual(from, change.to)) return already;
  if (!isDeepStrictEqual(from, change.was)) return moved(change, from);
  if (declaredData(adapter, `policy/${value}`)) return { refused: `Group policy decides on ${name}.` };
  if (adapter["Get-RestoreTask"]({ Value: value })) return { refused: `A task waits to restore ${name} already.` };
  const until = new Date(Date.parse(adapter["Get-UtcNow"]()) + change.minutes * 60_000);
  until.setUTCMilliseconds(0);
  const task = { weakened: Number(change.to.data), former: from && Number(from.data), until: until.toISOString() };
  return {
    operations: [
      lead({ kind: "restore-task", value }, null, task),
      lead({ kind: "registry-value", key, name }, from, change.to),
    ],
  };
}

function planRdpKey(
  adapter: WindowsAdapter,
  change: Extract<Change, { kind: "rename-rdp-key" }>,
  aside: () => string,
): PlannedChange {
  const path = rdpKeyPath(adapter);
  if (change.was.name !== rdpKeyName(adapter))
    return { refused: `${change.was.name} is not the RDP key of this machine.` };
  const facts = adapter["Get-FileFacts"]({ Path: path });
  if (!facts) return already;
  const link = findLink(adapter, path);
  if (link) return { refused: link };
  if (facts.folder) return { refused: `${path} is a folder.` };
  if (facts.bytes !== change.was.bytes) return moved(change, facts.bytes);
  return { operations: [{ does: "move", from: path, to: aside() }] };
}

function planFolder(
  adapter: WindowsAdapter,
  change: Extract<Change, { kind: "rename-machine-keys-folder" }>,
  aside: () => string,
): PlannedChange {
  const path = adapter["Get-MachineKeysPath"]();
  const facts = adapter["Get-FileFacts"]({ Path: path });
  const link = findLink(adapter, path);
  if (link) return { refused: link };
  if (!facts?.folder) return { refused: `${path} is not a folder.` };
  const { count, digest, unreadable } = summarizeKeys(otherKeys(adapter, path));
  if (count !== change.was.count || digest !== change.was.digest) return moved(change, { count, digest });
  if (unreadable > 0 && !change.force) return { refused: `${unreadable} of ${count} other keys cannot be read.` };
  if (count > mostKeysToCopy) return { refused: `${path} holds ${count} other keys: too many to copy.` };
  const [incoming, old] = [aside(), aside()];
  return {
    operations: [
      { does: "make-folder", path: incoming },
      { does: "replace-folder", path, aside: old, incoming },
    ],
  };
}
