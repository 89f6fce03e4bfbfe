import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { droppedFirst, GuestEvidence } from "../../lib/core/guest-evidence.ts";
import { securityProducts } from "../../lib/core/installed-products.ts";
import { deniedHolders, grantedEntries } from "../../lib/core/key-permissions.ts";
import { changeableRights, logOnRights, rightsByDefault, trustees } from "../../lib/core/log-on.ts";
import { parseDacl } from "../../lib/core/sddl.ts";
import {
  cryptoServices,
  serviceLibraries,
  supportingServiceNames,
  supportingServices,
} from "../../lib/core/supporting-services.ts";
import * as windows from "../../lib/core/windows.ts";
import { maximumReplyBytes, replyMarker } from "../../lib/guest/protocol.ts";

/*
 * The guest knows some things by itself, because it takes them from nobody. They are the same as the control plane's.
 */

function read(file: string): string {
  return readFileSync(new URL(`../../lib/guest/scripts/${file}`, import.meta.url), "utf8");
}

/** What is assigned to a variable, in one line. */
function assigned(text: string, name: string): string {
  const value = new RegExp(
    `^\\$${name} = ((?:\\[ordered\\])?@[({].*[)}]$|(?:\\[ordered\\])?@[({][\\s\\S]*?^[)}]|.*$)`,
    "m",
  ).exec(text)?.[1];
  if (!value) throw new Error(`There is no $${name}.`);
  return value.replace(/\s+/g, " ");
}

const quoted = (text: string) => [...text.matchAll(/'([^']*)'/g)].map(([, word]) => word);
const descriptor = ({ owner, sddl }: { owner: string; sddl: string }) => `@{ owner = '${owner}'; sddl = '${sddl}' }`;

describe("constants.ps1", () => {
  const facts = read("constants.ps1");

  test("knows Windows as lib/core/windows.ts does", () => {
    expect(quoted(assigned(facts, "RdpServices"))).toEqual([...windows.rdpServices]);
    expect(assigned(facts, "RdpServiceAccounts")).toBe(
      `@{ ${windows.rdpServices.map((name) => `${name} = '${windows.rdpServiceDefaults[name].account}'`).join(" ")} }`,
    );
    expect(assigned(facts, "DefaultRdpPort")).toBe(String(windows.defaultRdpPort));
    expect(quoted(assigned(facts, "AgentServices"))).toEqual([...windows.agentServices]);
    const containers = Object.entries(windows.knownContainers).flatMap(([name, { file }]) => [file.slice(0, 8), name]);
    expect(quoted(assigned(facts, "KnownContainers"))).toEqual(containers);
    expect(assigned(facts, "MostKeysToCopy")).toBe(String(windows.mostKeysToCopy));
    expect(assigned(facts, "RdpKeyPrefix")).toBe(`'${windows.rdpKeyPrefix}'`);
    expect(assigned(facts, "MachineKeysDefault")).toBe(descriptor(windows.machineKeysDefault));
    const pairs = (name: string) =>
      Object.fromEntries(
        [...assigned(facts, name).matchAll(/(\w+) = '([^']+)'/g)].map(([, key, value]) => [key, value]),
      );
    expect(pairs("LogOnRights")).toEqual(logOnRights);
    expect(pairs("Trustees")).toEqual(
      Object.fromEntries(Object.entries(trustees).map(([code, { sid }]) => [code, sid])),
    );
    expect(pairs("DefaultRights")).toEqual(rightsByDefault);
    expect(quoted(assigned(facts, "ChangeableRights")).sort()).toEqual(
      changeableRights.map(({ right, trustee, held }) => `${right} ${trustee} ${held ? "True" : "False"}`).sort(),
    );
    const granted = Object.entries(grantedEntries).flatMap(([target, entries]) => [target, ...entries]);
    expect(quoted(assigned(facts, "GrantedEntries"))).toEqual(granted);
    const holders = parseDacl(
      `D:${quoted(assigned(facts, "DeniedHolders"))
        .map((sid) => `(D;;FR;;;${sid})`)
        .join("")}`,
    );
    expect(holders?.map(({ sid }) => sid).sort()).toEqual([...deniedHolders].sort());
    expect(assigned(read("windows/firewall.ps1"), "RdpFirewallGroup")).toBe(`'${windows.rdpFirewallGroup}'`);
  });

  test("knows the services around Remote Desktop as lib/core does", () => {
    const supporting = read("windows/supporting-services.ps1");
    const listed = (text: string, name: string) => quoted(assigned(text, name))[0]?.split(",");
    expect(listed(supporting, "SupportingServices")).toEqual(supportingServiceNames);
    const libraries = Object.entries(serviceLibraries).map(([name, path]) => `${name} = '${path.split("\\").pop()}'`);
    expect(assigned(supporting, "ServiceLibraries")).toBe(`@{ ${libraries.join("; ")} }`);
    const modes = cryptoServices.map((name) => `${name} = '${supportingServices[name].startMode}'`);
    expect(assigned(facts, "CryptoServices")).toBe(`@{ ${modes.join("; ")} }`);
    expect(listed(read("windows/installed-products.ps1"), "SecurityServices")).toEqual(Object.keys(securityProducts));
  });

  test("replies as lib/guest/protocol.ts says", () => {
    expect(assigned(facts, "ReplyMarker")).toBe(`'${replyMarker}'`);
    expect(assigned(facts, "MaximumReplyBytes")).toBe(String(maximumReplyBytes));
  });

  test("drops every section in the end, and first those that may go first", () => {
    const order = quoted(assigned(facts, "DroppedFirst"));
    expect(order.slice(0, droppedFirst.length)).toEqual([...droppedFirst]);
    const sections = Object.keys(GuestEvidence.shape).filter((name) => !name.endsWith("At"));
    expect([...order].sort()).toEqual([...sections, "dependents"].sort());
  });
});

test("evidence.ps1 keeps to the bounds of the schema", () => {
  const lists: Record<string, number> = {};
  const texts: Record<string, number> = {};
  const visit = (schema: unknown, name: string): void => {
    if (typeof schema !== "object" || schema === null) return;
    if (Array.isArray(schema)) {
      for (const one of schema) visit(one, name);
      return;
    }
    const { maxItems, maxLength, properties, ...rest } = schema as Record<string, unknown>;
    if (typeof maxItems === "number") lists[name] = maxItems;
    if (typeof maxLength === "number") texts[name] = Math.max(maxLength, texts[name] ?? 0);
    for (const [child, inner] of Object.entries(properties ?? {})) visit(inner, child);
    for (const inner of Object.values(rest)) visit(inner, name);
  };
  visit(z.toJSONSchema(GuestEvidence), "");

  const table = (name: string) =>
    Object.fromEntries(
      [...assigned(read("evidence.ps1"), name).matchAll(/(\w+) = (\d+)/g)].map(([, key, number]) => [
        key,
        Number(number),
      ]),
    );
  expect(table("LongestLists")).toEqual(lists);
  const exact = table("LongestExactTexts");
  const others = Object.entries(texts).filter(([name]) => !(name in exact));
  expect(exact).toEqual({ sddl: texts.sddl, data: texts.data });
  expect(others.filter(([, length]) => length !== 512)).toEqual([]);
});
