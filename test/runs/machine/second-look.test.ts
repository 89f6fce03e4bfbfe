import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type GuestEvidence, type SectionName, sectionNames } from "../../../lib/core/guest-evidence.ts";
import { fail } from "../../../lib/core/problem.ts";
import type { GuestRequest } from "../../../lib/guest/protocol.ts";
import type { World } from "../../../sandbox/world.ts";
import { healthyGuestEvidence } from "../../fixtures/evidence.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { hasPwsh } from "../../fixtures/pwsh.ts";
import { readWorld, serveWorld } from "../../fixtures/sandbox-service.ts";
import { disabledRdp, drive, newRun } from "../rig.ts";

/*
 * A reply that has no room for all sections is completed by one more look, for the missing sections alone.
 */

const unread = { unreadable: "dropped to fit the reply" };

function without(evidence: GuestEvidence, names: readonly SectionName[]): GuestEvidence {
  return { ...evidence, ...Object.fromEntries(names.map((name) => [name, unread])) };
}

/** A guest whose replies have no room for these sections, unless they are asked for alone. */
function tight(names: readonly SectionName[]) {
  const fake = new FakeVm();
  const requests: GuestRequest[] = [];
  fake.onScript = (script, request) => {
    requests.push(request);
    if (script !== "collect") return {};
    const { sections } = request;
    if (sections.length === 0) return { dropped: [...names], evidence: without(fake.guest, names) };
    const others = sectionNames.filter((name) => !sections.includes(name));
    return { evidence: without(fake.guest, others) };
  };
  return { fake, requests };
}

describe("a second look", () => {
  test("asks for the sections that were dropped, and joins both replies", async () => {
    const { fake, requests } = tight(["firewall", "events"]);
    const { run } = await drive(newRun("diagnose"), fake);
    expect(requests.map(({ sections }) => sections)).toEqual([[], ["firewall", "events"]]);
    expect(run.outcome?.kind).toBe("healthy");
    expect(run.before?.guest).toEqual(fake.guest);
    expect(run.log.map(({ message }) => message)).toContain(
      "The reply had no room for firewall, events: looking again for these.",
    );
  });

  test("is made for the certificates that depend on the key folder", async () => {
    const fake = new FakeVm();
    const asked: SectionName[][] = [];
    fake.onScript = (_script, { sections }) => {
      asked.push(sections);
      return sections.length === 0 ? { dropped: ["dependents"] } : {};
    };
    await drive(newRun("diagnose"), fake);
    expect(asked).toEqual([[], ["keys"]]);
  });

  test("is not made when the reply has everything", async () => {
    const { fake, requests } = tight([]);
    await drive(newRun("diagnose"), fake);
    expect(requests).toHaveLength(1);
  });

  test("is made once, whatever is missing in its own reply", async () => {
    const fake = new FakeVm();
    fake.onScript = () => ({ dropped: ["events"], evidence: without(fake.guest, ["events"]) });
    const { run } = await drive(newRun("diagnose"), fake);
    expect(fake.executed).toHaveLength(2);
    expect(run.before?.guest?.events).toEqual(unread);
  });

  test("comes before the plan of a repair, which is three Run Commands then", async () => {
    const { fake, requests } = tight(["events"]);
    fake.guest = disabledRdp();
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.kind).toBe("repaired");
    expect(requests.map(({ step }) => step)).toEqual(["collect-1", "collect-2", "apply-3"]);
  });

  test.each([
    ["has no reply", { output: "no reply" }],
    ["is too late", { status: "expired" as const, reason: "Too late.", evidence: null }],
  ])("that %s leaves the first look as it is", async (_what, answer) => {
    const { fake } = tight(["events"]);
    const first = fake.onScript;
    fake.onScript = (script, request) => (request.sections.length === 0 ? first(script, request) : answer);
    const { run } = await drive(newRun("diagnose"), fake);
    expect(run.before?.guest?.events).toEqual(unread);
    expect(run.before?.guest?.registry).toEqual(healthyGuestEvidence().registry);
    expect(run.findings.length).toBeGreaterThan(0);
  });

  test("that Azure refuses leaves the first look as it is", async () => {
    const { fake } = tight(["events"]);
    const start = fake.start.bind(fake);
    fake.start = async (vm, command) =>
      command.name.endsWith("collect-2") ? fail("right-missing", "It is not allowed.") : start(vm, command);
    const { run } = await drive(newRun("diagnose"), fake);
    expect(run.before?.guest?.events).toEqual(unread);
    expect(run.findings.length).toBeGreaterThan(0);
  });
});

/** Allow rules whose names have nothing in common, as products make them. */
const wordyRules = Array.from({ length: 24 }, (_, at) => ({
  name: createHash("sha512").update(`rule ${at}`).digest("base64"),
  group: false,
  enabled: true,
  action: "Allow",
  profiles: ["Domain", "Private", "Public"],
  localPorts: ["3389"],
  reachesListener: true,
  remoteAddresses: [`10.${at}.0.0/16`],
  managedBy: "local",
}));

const busyServers: { what: string; set: World["vms"][number]["windows"]["set"]; looks: number }[] = [
  { what: "30 certificates of others", set: {}, looks: 1 },
  { what: "these and wordy firewall rules", set: { firewall: { rules: wordyRules } }, looks: 2 },
];

describe.skipIf(!hasPwsh).each(["modelled", "pwsh"] as const)("a busy server, with the guest %s", (guest) => {
  test.each(busyServers)("is seen whole: $what need $looks", async ({ set, looks }) => {
    const world = readWorld("healthy");
    const [vm] = world.vms;
    if (!vm) throw new Error("The healthy world has a VM.");
    vm.windows = { ...vm.windows, faults: ["many-keys"], set };
    const service = await serveWorld(world, guest);
    try {
      const run = await service.run("diagnose");
      const { keys, firewall } = run.before?.guest ?? {};
      if (!keys || "unreadable" in keys) throw new Error("The keys were not read.");
      if (!firewall || "unreadable" in firewall) throw new Error("The firewall was not read.");
      expect(service.sandbox.scriptRuns).toHaveLength(looks);
      expect(keys.dependents).toHaveLength(30);
      expect(firewall.rules.length).toBeGreaterThan(looks);
    } finally {
      await service.close();
    }
  });
});
