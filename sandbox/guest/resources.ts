import { type AdapterCall, type Resource, type ResourceKind, resourceKinds } from "../../lib/guest/resources.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { rdpPort } from "./collect.ts";

/** As `Get-ResourceState` of resources.ps1: plain data, `null` when nothing is there. */
export function resourceState(adapter: WindowsAdapter, resource: Resource): unknown {
  const { read }: ResourceKind = resourceKinds[resource.kind];
  const found = perform(adapter, read, resource, null);
  if (found === null) return null;
  const facts = read.list ? findNamed(found, read.list, resource) : propertiesOf(found);
  if (read.property) return facts[read.property];
  return read.properties ? Object.fromEntries(read.properties.map((name) => [name, facts[name]])) : found;
}

/** As `Set-ResourceState` of resources.ps1. */
export function setResourceState(adapter: WindowsAdapter, resource: Resource, state: unknown): void {
  const { write, writeFor }: ResourceKind = resourceKinds[resource.kind];
  perform(adapter, writeFor && writeFor.state === state ? writeFor : write, resource, state);
}

/** Whether each field of a resource holds what the table allows there. */
export function hasAllowedFields(resource: Resource): boolean {
  const kind: ResourceKind | undefined = resourceKinds[resource.kind];
  if (!kind) return false;
  const values = propertiesOf(resource);
  return Object.entries(kind.fields).every(([field, pattern]) => {
    const value = values[field];
    return typeof value === "string" && new RegExp(`^(${pattern})$`, "s").test(value);
  });
}

function perform(adapter: WindowsAdapter, { call, parameters }: AdapterCall, resource: Resource, state: unknown) {
  const values = Object.entries(parameters).map(([name, source]) => [
    name,
    parameterValue(adapter, source, resource, state),
  ]);
  const functions = adapter as unknown as Record<string, (parameters: object) => unknown>;
  return functions[call]?.(Object.fromEntries(values)) ?? null;
}

function parameterValue(adapter: WindowsAdapter, source: string | number, resource: Resource, state: unknown): unknown {
  if (source === "rdp-port") return rdpPort(adapter);
  if (source === "state") return state;
  const [, of, name = ""] = /^(resource|state)\.(\w+)$/.exec(`${source}`) ?? [];
  if (of === undefined) return source;
  return propertiesOf(of === "resource" ? resource : state)[name];
}

function findNamed(found: unknown, list: string, resource: Resource): Readonly<Record<string, unknown>> {
  const { name } = propertiesOf(resource);
  const items = propertiesOf(found)[list] as readonly { name: string }[];
  const item = items.find((one) => one.name === name);
  if (!item) throw new Error(`Windows has no ${name} any more.`);
  return propertiesOf(item);
}

function propertiesOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
