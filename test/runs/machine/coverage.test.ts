import { describe, expect, test } from "vitest";
import { sectionNames } from "../../../lib/core/guest-evidence.ts";
import type { Run } from "../../../lib/core/run.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { disabledRdp, drive, newRun } from "../rig.ts";

/*
 * An outcome says how far the run looked, and claims no more.
 */

async function diagnosed(
  fake = new FakeVm(),
  options: Partial<Run["options"]> = {},
  intent: Run["intent"] = "diagnose",
) {
  const { run } = await drive(newRun(intent, options), fake);
  const coverage = run.outcome?.coverage;
  if (!coverage) throw new Error("The run saw nothing.");
  return { run, coverage, notLooked: coverage.notLooked.map(({ what }) => what).join("; ") };
}

describe("a VM without a fault", () => {
  test("is in order up to the TLS handshake when no client's address is named", async () => {
    const { run, coverage, notLooked } = await diagnosed();
    expect(run.outcome).toMatchObject({ kind: "healthy", summary: expect.stringContaining("up to the TLS handshake") });
    expect(coverage.reach).toBe("tls");
    expect(coverage.looked).toContain("the Windows firewall");
    expect(notLooked).toContain("the network from your client's address");
    for (const beyond of ["password", "NLA", "gateways"]) expect(notLooked).toContain(beyond);
    for (const { next } of coverage.notLooked) expect(next).toMatch(/^[A-Z].*\.$/);
  });

  test("is in order from the client's side when its address is named and gets in", async () => {
    const { run, coverage, notLooked } = await diagnosed(new FakeVm(), { sources: ["10.0.0.9"] });
    expect(run.outcome).toMatchObject({ kind: "healthy", summary: expect.stringContaining("client's side") });
    expect(coverage.reach).toBe("client");
    expect(notLooked).not.toContain("your client's address");
    // Whatever is named, nobody has signed in.
    expect(notLooked).toContain("password");
  });

  test("names a section that could not be read as not looked at", async () => {
    const fake = new FakeVm();
    fake.guest.firewall = { unreadable: "no" };
    const { coverage, notLooked } = await diagnosed(fake);
    expect(notLooked).toContain("the Windows firewall (could not be read)");
    expect(coverage.looked).not.toContain("the Windows firewall");
  });

  test("mentions its notes in the summary", async () => {
    const fake = new FakeVm();
    if ("unreadable" in fake.guest.registry) throw new Error("The fixture has its registry.");
    fake.guest.registry["rdp-tcp/UserAuthentication"] = { type: "dword", data: 0 };
    const { run } = await diagnosed(fake);
    expect(run.outcome).toMatchObject({
      kind: "healthy",
      summary: expect.stringContaining("Notes: security-layer-is-consistent."),
    });
  });
});

test("without a handshake nothing is claimed about TLS", async () => {
  const fake = new FakeVm();
  fake.guest = disabledRdp();
  const { coverage } = await diagnosed(fake, { sources: ["10.0.0.9"] });
  expect(coverage.reach).toBe("windows");
});

test("a stopped VM is seen from Azure alone", async () => {
  const fake = new FakeVm();
  fake.azure.vm.powerState = "stopped";
  const { coverage, notLooked } = await diagnosed(fake);
  expect(coverage.reach).toBe("azure");
  expect(notLooked).toContain("the inside of Windows");
});

test("a repair says how far its proof reaches", async () => {
  const fake = new FakeVm();
  fake.guest = disabledRdp();
  const { run, coverage } = await diagnosed(fake, {}, "repair");
  expect(run.outcome?.kind).toBe("repaired");
  expect(coverage.reach).toBe("tls");
});

test("every section is either told or left out on purpose, and none is told as both", async () => {
  const fake = new FakeVm();
  for (const name of sectionNames) Object.assign(fake.guest, { [name]: { unreadable: "no" } });
  const { coverage, notLooked } = await diagnosed(fake);
  for (const what of ["the Windows firewall", "TLS", "its certificate and key"]) {
    expect(coverage.looked).not.toContain(what);
    expect(notLooked).toContain(`${what} (could not be read)`);
  }
});
