import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Evidence } from "../../lib/core/evidence.ts";
import { collect } from "../../sandbox/guest/collect.ts";
import { healthyWindows } from "../../sandbox/windows/healthy.ts";
import { simulateWindows } from "../../sandbox/windows/simulator.ts";
import { WindowsState } from "../../sandbox/windows/state.ts";
import { windowsOf } from "../../sandbox/windows-state.ts";
import { readWorld, serveWorld, worldNames } from "../fixtures/sandbox-service.ts";
import { evidenceOf, findingsOf } from "../guest/remedied.ts";
import { rigTime } from "../guest/scenarios-rig.ts";

/*
 * Causes that have nothing to do with each other: the faults of any two or three shipped worlds on one VM are all named,
 * and no other. A world is what it changes in a healthy Windows; two that change the same place are not put together.
 */

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Edits = ReadonlyMap<string, Json | undefined>;

interface Part {
  readonly name: string;
  readonly edits: Edits;
  readonly faulty: readonly string[];
}

/** One fault that hides another for a reason of Windows: any world of `worlds` beside any of `beside`. */
interface Shadow {
  readonly worlds: readonly string[];
  readonly beside: readonly string[];
  readonly hides: readonly string[];
  readonly because: string;
}

const chosenCertificate = [
  "ca-issued-certificate-expired",
  "custom-certificate-expired",
  "custom-certificate-key-closed",
  "ecdsa-certificate-without-suites",
  "remove-certificate-binding",
];
/** The faults of a certificate, or of its key, that nobody chose. */
const ownCertificate = worldNames().filter((name) => {
  const faulty = readWorld(name).expect?.faulty ?? [];
  const isAbout = faulty.includes("rdp-key-is-usable") || faulty.includes("rdp-certificate-is-valid");
  return isAbout && !chosenCertificate.includes(name);
});

const shadows: readonly Shadow[] = [
  {
    worlds: chosenCertificate,
    beside: ownCertificate,
    hides: ["rdp-key-is-usable", "rdp-certificate-is-valid"],
    because: "A listener that is bound to a chosen certificate uses neither Windows' own nor the key of that.",
  },
  {
    worlds: chosenCertificate,
    beside: chosenCertificate,
    hides: ["rdp-certificate-is-valid", "rdp-handshake-succeeds"],
    because: "A listener has one chosen certificate: the faults of the others are not there.",
  },
  {
    worlds: ["domain-controller"],
    beside: ["domain-trust-lost", "domain-unreachable", "netlogon-disabled", "public-dns-on-domain-member"],
    hides: ["domain-trust-is-intact"],
    because: "A domain controller has no secure channel to its own domain.",
  },
  {
    worlds: ["dhcp-disabled"],
    beside: ["default-gateway-lost", "static-gateway-outside", "static-address-differs", "public-dns-on-domain-member"],
    hides: ["supporting-services-can-start"],
    because: "No adapter of this VM needs DHCP: its address is static.",
  },
  {
    worlds: ["rdp-tcp-key-missing"],
    beside: [...chosenCertificate, "session-limit-reached", "reset-rdp-port", "restore-security-layer"],
    hides: ["rdp-certificate-is-valid", "rdp-is-enabled", "rdp-listener-is-listening", "rdp-handshake-succeeds"],
    because: "A value below the key makes the key again.",
  },
  {
    worlds: ["local-accounts-denied-network", "local-administrators-denied-rdp", "incoming-ntlm-denied"],
    beside: worldNames(),
    hides: ["log-on-rights-allow-rdp", "authentication-policies-admit-clients"],
    because: "A member of a domain has accounts that are not local.",
  },
  {
    worlds: ["per-user-licences-in-workgroup"],
    beside: worldNames(),
    hides: ["session-host-is-licensed"],
    because: "A member of a domain may license its users.",
  },
  {
    worlds: ["ipsec-rule-blocks-rdp"],
    beside: ["port-held-by-http-sys"],
    hides: ["windows-firewall-allows-rdp"],
    because: "A connection security rule for 3389 is not for another port of Remote Desktop.",
  },
  {
    worlds: ["port-forwarded-by-netsh"],
    beside: ["port-moved-without-rule"],
    hides: ["rdp-listener-is-listening", "rdp-handshake-succeeds"],
    because: "Remote Desktop on another port does not need 3389.",
  },
  {
    worlds: ["certificate-pointer-hides-corrupt-key"],
    beside: worldNames(),
    hides: ["rdp-key-is-usable", "rdp-certificate-is-valid"],
    because: "While the pointer leads to no certificate, neither a certificate nor its key is in use.",
  },
  {
    worlds: ["own-client-limited-and-key-closed"],
    beside: worldNames(),
    hides: ["rdp-handshake-succeeds", "cipher-policy-suits-rdp"],
    because: "A handshake that the VM's own client may not make proves nothing about any other fault.",
  },
];

const isObject = (value: unknown): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What differs, by place; `undefined`: removed. */
function editsOf(before: Json, after: Json, at: readonly string[] = []): [string, Json | undefined][] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [[JSON.stringify(at), after]];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const [one, other] = [before[name], after[name]];
    if (one === undefined || other === undefined) {
      return isDeepStrictEqual(one, other)
        ? []
        : ([[JSON.stringify([...at, name]), other]] as [string, Json | undefined][]);
    }
    return editsOf(one, other, [...at, name]);
  });
}

function edited(state: WindowsState, parts: readonly Part[]): WindowsState {
  const changed = structuredClone(state) as unknown as Record<string, Json>;
  for (const [place, value] of parts.flatMap(({ edits }) => [...edits])) {
    const path: string[] = JSON.parse(place);
    let inner = changed;
    for (const name of path.slice(0, -1)) inner = inner[name] as Record<string, Json>;
    const last = path.at(-1) ?? "";
    if (value === undefined) delete inner[last];
    // What each world has in its log.
    else if (place === '["events"]') inner[last] = [...(inner[last] as Json[]), ...(value as Json[])];
    else inner[last] = value;
  }
  return WindowsState.parse(changed);
}

/** Whether both change the same place to something else, or one of them what is within a place of the other. */
function clash(one: Part, other: Part): boolean {
  // The licences of that session host are for its own build of Windows.
  const changesBuild = [one, other].some(({ edits }) => edits.has('["system","build"]'));
  if (changesBuild && [one, other].some(({ name }) => name === "drain-mode-session-host")) return true;
  const within = (inner: string, outer: string) => inner.startsWith(`${outer.slice(0, -1)},`);
  const places = [...other.edits.keys()];
  return [...one.edits].some(([place, value]) => {
    if (place === '["events"]') return false;
    const isOther = other.edits.has(place) && !isDeepStrictEqual(other.edits.get(place), value);
    return isOther || places.some((theirs) => within(theirs, place) || within(place, theirs));
  });
}

function faultyIn(state: WindowsState, azure: Evidence | null = null): string[] {
  const guest = collect(simulateWindows(state, { now: () => rigTime }).startProcess().adapter);
  const evidence = evidenceOf(guest);
  const findings = findingsOf(azure ? { ...evidence, azure: azure.azure, network: azure.network } : evidence);
  return findings.filter(({ verdict }) => verdict === "faulty").map(({ check }) => check);
}

const healthy = healthyWindows();

const parts: readonly Part[] = worldNames().flatMap((name) => {
  const [vm] = readWorld(name).vms;
  if (vm?.osType !== "Windows") return [];
  const state = windowsOf(vm);
  const edits = new Map(editsOf(healthy as unknown as Json, state as unknown as Json));
  // While Windows is still starting, what would be a fault at any other time is not judged.
  if (edits.has('["system","bootTime"]')) return [];
  const faulty = edits.size === 0 ? [] : faultyIn(state);
  return faulty.length === 0 ? [] : [{ name, edits, faulty }];
});

/** The checks that may be missing where these come together. */
function hiddenIn(some: readonly Part[]): string[] {
  const names = some.map(({ name }) => name);
  return shadows.flatMap(({ worlds, beside, hides }) => {
    const first = names.filter((name) => worlds.includes(name));
    return first.some((one) => names.some((other) => other !== one && beside.includes(other))) ? hides : [];
  });
}

function expectUnion(some: readonly Part[], named: readonly string[], alsoFaulty: readonly string[] = []): void {
  const union = [...new Set([...some.flatMap(({ faulty }) => faulty), ...alsoFaulty])];
  const hidden = hiddenIn(some);
  const together = some.map(({ name }) => name).join(" + ");
  expect(
    named.filter((check) => !union.includes(check)),
    `too many for ${together}`,
  ).toEqual([]);
  expect(
    union.filter((check) => !named.includes(check) && !hidden.includes(check)),
    `not named for ${together}`,
  ).toEqual([]);
}

/** Two or three worlds of which no two change the same place. */
const together = fc
  .shuffledSubarray([...parts], { minLength: 2, maxLength: 3 })
  .filter((some) => some.every((one, at) => some.slice(at + 1).every((other) => !clash(one, other))));

test("there are many worlds to put together", () => {
  expect(parts.length).toBeGreaterThan(60);
});

test.each(shadows.map((shadow) => [shadow.because, shadow] as const))("%s", (_, { worlds, beside, hides }) => {
  const named = (names: readonly string[]) => parts.filter(({ name }) => names.includes(name));
  const pairs = named(worlds).flatMap((one) => named(beside).map((other) => [one, other] as const));
  const real = pairs.find(([one, other]) => {
    if (one === other || clash(one, other)) return false;
    const found = faultyIn(edited(healthy, [one, other]));
    return hides.some((check) => [...one.faulty, ...other.faulty].includes(check) && !found.includes(check));
  });
  expect(real, "no two of these worlds hide anything").toBeDefined();
});

test("the faults of two or three shipped worlds on one VM are all named, and no others", () => {
  fc.assert(
    fc.property(together, (some) => expectUnion(some, faultyIn(edited(healthy, some)))),
    { numRuns: 150 },
  );
});

describe("beside a network that lets nobody in", () => {
  const networks = ["network-no-rule", "network-subnet-denies", "network-jit-closed"];
  const azure = new Map<string, Evidence>();
  beforeAll(async () => {
    for (const name of networks) {
      const service = await serveWorld(readWorld(name), "modelled");
      try {
        const { before } = await service.run("diagnose");
        if (before) azure.set(name, before);
      } finally {
        await service.close();
      }
    }
  });

  test.each(networks)("%s is named with whatever is wrong in Windows", (name) => {
    const found = azure.get(name);
    if (!found) throw new Error(`The network of ${name} was not read.`);
    fc.assert(
      fc.property(together, (some) => expectUnion(some, faultyIn(edited(healthy, some), found), ["nsg-allows-rdp"])),
      { numRuns: 30 },
    );
  });
});
