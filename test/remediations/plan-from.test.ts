import { expect, test } from "vitest";
import { isRefusal } from "../../lib/core/remediation.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import { dword, evidenceWith, folder, type ReadableGuest, rdpKey, service } from "./evidence-with.ts";

/*
 * What every remediation that restarts the services refuses, for reasons that it does not know itself.
 */

/** Faults for several remediations at once. */
function broken(guest: ReadableGuest): void {
  guest.registry["terminal-server/fDenyTSConnections"] = dword(1);
  guest.registry["tls12-server/Enabled"] = dword(0);
  guest.registry["rdp-tcp/SecurityLayer"] = dword(0);
  rdpKey(guest).sddl = "D:PAI(A;;FA;;;SY)";
  guest.handshake = { result: "failed", stage: "tls", error: "reset" };
}

function plansAfter(edit: (guest: ReadableGuest) => void) {
  const evidence = evidenceWith((guest) => {
    broken(guest);
    edit(guest);
  });
  return remediations
    .filter(({ risk }) => risk !== "weakens-security")
    .map((remediation) => remediation.plan(evidence, { force: false }));
}

function restarts(plans: ReturnType<typeof plansAfter>): number {
  return plans.filter((plan) => !isRefusal(plan) && plan.some(({ kind }) => kind === "restart-rdp-services")).length;
}

test("a restart is planned for all of them where nothing stands against it", () => {
  expect(restarts(plansAfter(() => {}))).toBeGreaterThan(4);
});

test("no restart where Windows would write a key through a link", () => {
  for (const link of [folder, rdpKey]) {
    const plans = plansAfter((guest) => {
      link(guest).reparsePoint = true;
    });
    expect(restarts(plans)).toBe(0);
    expect(plans.filter(isRefusal).map(({ refused }) => refused)).toContainEqual(expect.stringContaining("link"));
  }
});

test("no restart that would move Remote Desktop to another port, unless the same plan sets the port", () => {
  const moved = (guest: ReadableGuest) => {
    guest.listener.winStations = [{ name: "RDP-Tcp", port: 33890, wdName: "Microsoft RDP 8.0" }];
    guest.registry["rdp-tcp/PortNumber"] = dword(33890);
  };
  const plans = plansAfter(moved);
  expect(restarts(plans)).toBe(0);
  expect(plans.filter(isRefusal).map(({ refused }) => refused)).toContainEqual(
    expect.stringContaining("from port 3389 to 33890"),
  );
  const forced = remediations.find(({ id }) => id === "reset-rdp-port")?.plan(evidenceWith(moved), { force: true });
  expect(forced).toMatchObject([{ kind: "set-registry-value" }, { kind: "restart-rdp-services" }]);
});

test("no restart that would end a running service for good, unless the same plan sets it right", () => {
  const plans = plansAfter((guest) => {
    service(guest, "UmRdpService").startMode = "Disabled";
  });
  expect(restarts(plans)).toBe(0);
  expect(plans.filter(isRefusal).map(({ refused }) => refused)).toContainEqual(
    expect.stringContaining("UmRdpService runs"),
  );
  const own = plansAfter((guest) => {
    service(guest, "TermService").account = "CORP\\operator";
  });
  // Only restart-rdp-services, which gives it back its own account.
  expect(restarts(own)).toBe(1);
});
