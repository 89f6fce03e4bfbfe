import { describe, expect, test } from "vitest";
import { isUnreadable } from "../../../lib/core/guest-evidence.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { disabledRdp, drive, newRun } from "../rig.ts";

/*
 * What the owner of a VM wants is no fault, and what is not ours to change is said and left.
 */

function broken(): FakeVm {
  const fake = new FakeVm();
  fake.guest = disabledRdp();
  return fake;
}

function domainController(): FakeVm {
  const fake = broken();
  if (isUnreadable(fake.guest.system)) throw new Error("the fixture is readable");
  fake.guest.system.productType = "domain-controller";
  return fake;
}

function inScaleSet(): FakeVm {
  const fake = broken();
  fake.azure.vm.scaleSetId =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-1";
  return fake;
}

const everything = { remediations: ["enable-remote-desktop"], force: true, maximumRisk: "replaces-keys" } as const;
const forced = { ...everything, remediations: [...everything.remediations] };

describe("a domain controller", () => {
  test.each([
    ["a repair", {}],
    ["a repair that is forced", forced],
  ])("is not changed by %s, and the diagnosis is reported", async (_, options) => {
    const fake = domainController();
    const { run } = await drive(newRun("repair", options), fake);
    expect(run.outcome).toMatchObject({
      kind: "advised",
      summary: expect.stringContaining("It is a domain controller"),
    });
    expect(run.findings.find(({ check }) => check === "rdp-is-enabled")?.verdict).toBe("faulty");
    expect(run.plan).toMatchObject({ changes: [], refusals: [{ remediation: "enable-remote-desktop" }] });
    expect(fake.executed).toHaveLength(1);
    expect(run.outcome?.summary).toMatch(
      / To repair it by hand: set HKLM\\.*\\fDenyTSConnections: 1 -> 0; restart services SessionEnv, TermService, UmRdpService\.$/,
    );
  });
});

describe("an instance of a scale set", () => {
  test("is not changed without being told so by name", async () => {
    const { run } = await drive(newRun("repair"), inScaleSet());
    expect(run.outcome).toMatchObject({ kind: "advised", summary: expect.stringContaining("scale set vmss-1") });
    expect((await drive(newRun("repair", forced), inScaleSet())).run.outcome?.kind).toBe("repaired");
  });

  const manual = {
    upgradeMode: "Manual",
    upgradesImages: false,
    repairAction: null,
    isLatestModel: true,
    protection: "none",
  } as const;

  function uniform(scaleSet: NonNullable<FakeVm["azure"]["vm"]["scaleSet"]>): FakeVm {
    const fake = inScaleSet();
    fake.azure.vm.scaleSet = scaleSet;
    return fake;
  }

  test.each([
    ["upgrades by hand", manual],
    ["restarts the unhealthy", { ...manual, repairAction: "Restart" }],
    ["leaves this one alone", { ...manual, upgradeMode: "Automatic", protection: "scale-set-actions" }],
    ["repairs no protected one", { ...manual, repairAction: "Replace", protection: "scale-in" }],
  ] as const)("is repaired where its uniform set %s, and the outcome says what ends the repair", async (_, policy) => {
    const { run } = await drive(newRun("repair"), uniform(policy));
    expect(run.outcome).toMatchObject({ kind: "repaired", summary: expect.stringContaining("scale set vmss-1") });
  });

  test.each([
    ["upgrades by itself", { ...manual, upgradeMode: "Rolling" }, "its upgrade policy is Rolling"],
    ["upgrades images", { ...manual, upgradesImages: true }, "it upgrades the image by itself"],
    ["replaces the unhealthy", { ...manual, repairAction: "Replace" }, "it answers a failed health probe with Replace"],
    ["reimages the unhealthy", { ...manual, repairAction: "Reimage" }, "it answers a failed health probe with Reimage"],
  ] as const)("is left alone where its uniform set %s, unless that is forced", async (_, policy, because) => {
    const { run } = await drive(newRun("repair"), uniform(policy));
    expect(run.outcome).toMatchObject({ kind: "advised", summary: expect.stringContaining(because) });
    expect((await drive(newRun("repair", forced), uniform(policy))).run.outcome?.kind).toBe("repaired");
  });

  test.each([
    ["by default", {}],
    ["by force", forced],
  ])("is not repaired %s while its uniform set, whose tags count for it, cannot be read", async (_, options) => {
    const { run } = await drive(newRun("repair", options), uniform({ unreadable: "Could not read scale set vmss-1." }));
    expect(run.receipts).toEqual([]);
    expect(run.outcome).toMatchObject({
      kind: "advised",
      summary: expect.stringContaining("Could not read scale set vmss-1. Correct that, and try again."),
    });
  });
});

describe("a VM that is closed on purpose", () => {
  function closed(tag = "closed", name = "rdp-access"): FakeVm {
    const fake = broken();
    fake.azure.vm.tags = { [name]: tag };
    return fake;
  }

  test.each([
    ["as the tag says", closed(), "closed-on-purpose"],
    ["in other letters", closed(" Closed ", "RDP-Access"), "closed-on-purpose"],
    ["not: the tag says something else", closed("open"), "repaired"],
  ])("%s", async (_, fake, outcome) => {
    expect((await drive(newRun("repair"), fake)).run.outcome?.kind).toBe(outcome);
  });

  test("says what is closed, and whose word that is", async () => {
    const { run } = await drive(newRun("repair"), closed());
    const enabled = run.findings.find(({ check }) => check === "rdp-is-enabled");
    expect(enabled).toMatchObject({ verdict: "intended", restoredBy: [] });
    expect(enabled?.because).toMatch(/^Closed on purpose \(tag rdp-access\)\. Remote Desktop is turned off/);
    expect(run.outcome?.summary).toContain("closed here on purpose (tag rdp-access)");
  });

  test("is not changed for another fault either, nor by force", async () => {
    const fake = closed();
    if (isUnreadable(fake.guest.registry)) throw new Error("the fixture is readable");
    fake.guest.registry["tls12-server/Enabled"] = { type: "dword", data: 0 };
    const options = { ...forced, remediations: ["enable-tls12"] };
    const { run } = await drive(newRun("repair", options), fake);
    expect(run.outcome?.kind).toBe("advised");
    expect(run.findings.filter(({ verdict }) => verdict === "faulty").map(({ check }) => check)).toEqual([
      "tls12-is-enabled-for-server",
    ]);
    expect(fake.executed).toHaveLength(1);
  });

  test("a handshake that breaks after the connection is no closed door", async () => {
    const fake = closed();
    fake.guest.handshake = { result: "failed", stage: "tls", error: "reset" };
    const { run } = await drive(newRun("repair"), fake);
    expect(run.findings.find(({ check }) => check === "rdp-handshake-succeeds")?.verdict).toBe("faulty");
  });
});
