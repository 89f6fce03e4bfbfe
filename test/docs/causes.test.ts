import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checks } from "../../lib/checks/registry.ts";
import { clientChecks } from "../../lib/client-checks/client-checks.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import { causes } from "../../scripts/causes.ts";
import { commonAdvice } from "../../scripts/common-advice.ts";
import { readWorld } from "../fixtures/sandbox-service.ts";

/*
 * The table of causes is true: each row names a check, a world in which that check finds it, and a source. The worlds
 * themselves are repaired in test/e2e/worlds.test.ts.
 */

/** Checks about the product's own way into the VM, or about what breaks no Remote Desktop. */
const noCauses = [
  "agent-certificate-is-usable",
  "network-verdicts-agree",
  "journal-is-usable",
  "run-command-extension-works",
  "scale-set-keeps-instance",
  // A fault of it shows as a fault of the key or the certificate.
  "machine-keys-permissions-are-default",
];

const seen = causes.flatMap(({ seen, ...row }) => ("check" in seen ? [{ ...row, ...seen }] : []));

test.each(seen)("$cause: the world $world has it, and $check says so", ({ check, world, remedy }) => {
  const { expect: declared, expectWith } = readWorld(world);
  if (!declared) throw new Error("A shipped world declares its end.");
  expect(checks.map(({ id }) => id)).toContain(check);
  expect([...declared.faulty, ...Object.keys(declared.findings)]).toContain(check);
  if (!remedy) return;
  const named = [...declared.remediations, ...(expectWith?.options.remediations ?? [])];
  expect(named).toContain(remedy);
});

test.each(checks.map(({ id }) => id))("a finding of %s has the place in the page that it links to", (id) => {
  expect(readFileSync("docs/causes.md", "utf8").split(`<a id="${id}"></a>`)).toHaveLength(2);
});

test("every row has a source", () => {
  expect(causes.filter((row) => row.sources.length === 0)).toEqual([]);
});

test("every check finds one of the causes", () => {
  const found = new Set(seen.map(({ check }) => check));
  // Those that are told in words, with the reason why no world has them.
  const told = causes.flatMap(({ seen: { ...how } }) => ("never" in how ? how.never : []));
  const left = checks.map(({ id }) => id).filter((id) => !found.has(id) && !noCauses.includes(id));
  expect(left.filter((id) => !told.some((text) => text.includes(id)))).toEqual([]);
});

test("every remediation that restores something is the remedy of a cause, or is offered by name alone", () => {
  const remedies = new Set(causes.map(({ remedy }) => remedy));
  const byName = ["require-tls", "require-network-level-authentication"];
  const left = remediations.filter(
    ({ id, risk }) => !remedies.has(id) && !byName.includes(id) && risk !== "weakens-security",
  );
  expect(left.map(({ id }) => id)).toEqual([]);
});

test.each(commonAdvice)("the advice $advice has an answer that names what there is", ({ answer }) => {
  const known = [...checks, ...remediations, ...clientChecks].map(({ id }) => id);
  const commands = ["probe", "explain"];
  const named = [...answer.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  const ours = named.filter((name) => !["query session", "logoff"].includes(name));
  expect(ours.length).toBeGreaterThan(0);
  expect(ours.filter((name) => !known.includes(name) && !commands.includes(name))).toEqual([]);
});

test("where a least change is known and the finding only advises, the row says why", () => {
  for (const { remedy, onlyAdvice } of causes) expect(remedy && onlyAdvice).toBeFalsy();
  const told = causes.filter(({ onlyAdvice }) => onlyAdvice).map(({ seen }) => "world" in seen && seen.world);
  expect(told).toEqual([
    "ipsec-rule-blocks-rdp",
    "ipsec-policy-blocks-rdp",
    "firewall-service-disabled",
    "firewall-service-dies",
  ]);
});

test("a cause is told once", () => {
  expect(new Set(causes.map(({ cause }) => cause)).size).toBe(causes.length);
});
