import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { registryPath } from "../../lib/core/registry-value.ts";
import { type FaultName, faultNames, withFaults } from "../../sandbox/windows/faults.ts";
import { healthyWindows } from "../../sandbox/windows/healthy.ts";
import { logOnFaults } from "../../sandbox/windows/log-on-faults.ts";
import { simulateWindows } from "../../sandbox/windows/simulator.ts";
import { WindowsState } from "../../sandbox/windows/state.ts";

const now = () => new Date("2026-11-21T08:00:00.000Z");

describe("the state of a simulated Windows", () => {
  test("is plain JSON with a JSON Schema", () => {
    const state = healthyWindows();
    expect(WindowsState.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
    expect(z.toJSONSchema(WindowsState, { io: "input" })).toMatchObject({
      type: "object",
      additionalProperties: false,
    });
  });

  test("may give times relative to the moment in which it is loaded", () => {
    const { state } = simulateWindows(withFaults(healthyWindows(), ["certificate-expired", "key-corrupt"]), { now });
    expect(state.system.bootTime).toBe("2026-11-01T08:00:00.000Z");
    expect(Object.values(state.certificates["Remote Desktop"]).map((one) => one.notAfter)).toEqual([
      "2026-11-13T08:00:00.000Z",
    ]);
    expect(state.events[0]?.last).toBe("2026-11-21T06:00:00.000Z");
  });

  test("has no fault that makes it a state of another shape, alone or with any others", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(faultNames), (names) => {
        const healthy = healthyWindows();
        const broken = withFaults(healthy, names);
        expect(WindowsState.parse(broken)).toEqual(broken);
        expect(healthy).toEqual(healthyWindows());
      }),
      { numRuns: 50 },
    );
  });
});

/** What a user meets after TLS leaves the handshake alone. */
const afterTls = Object.fromEntries(Object.keys(logOnFaults).map((name) => [name, { result: "completed" }])) as Record<
  keyof typeof logOnFaults,
  { result: string }
>;

/** What a client on the VM gets, and which Schannel event it leaves behind. */
const handshakes: Record<FaultName, { result: string; stage?: string; event?: number }> = {
  "certificate-expired": { result: "completed" },
  "certificate-ends-soon": { result: "completed" },
  "certificate-missing": { result: "failed", stage: "tls", event: 36872 },
  "certificate-dangling-pointer": { result: "failed", stage: "tls", event: 36872 },
  "certificate-store-denied": { result: "completed" },
  "certificate-store-denied-above": { result: "completed" },
  "key-permissions-denied": { result: "failed", stage: "tls", event: 36870 },
  "key-corrupt": { result: "failed", stage: "tls", event: 36870 },
  "key-missing": { result: "failed", stage: "tls", event: 36870 },
  "key-container-stale": { result: "failed", stage: "tls", event: 36870 },
  "machine-keys-permissions-broken": { result: "completed" },
  "machine-keys-folder-corrupt": { result: "failed", stage: "tls", event: 36870 },
  "cipher-policy-ecdsa-only": { result: "failed", stage: "tls", event: 36874 },
  "cipher-policy-needs-restart": { result: "failed", stage: "tls", event: 36874 },
  "tls12-disabled": { result: "failed", stage: "tls", event: 36871 },
  "own-client-without-tls12": { result: "failed", stage: "tls" },
  "listener-on-one-adapter": { result: "completed" },
  "former-certificate-presented": { result: "completed" },
  "clock-ahead": { result: "completed" },
  "clock-behind": { result: "completed" },
  "machine-keys-folder-missing": { result: "failed", stage: "tls", event: 36870 },
  "fips-enabled": { result: "completed" },
  "termservice-stops-slowly": { result: "completed" },
  "rdp-services-stopped": { result: "failed", stage: "connect" },
  "termservice-disabled": { result: "failed", stage: "connect" },
  "termservice-hung": { result: "failed", stage: "connect" },
  "termservice-wrong-account": { result: "failed", stage: "connect" },
  "terminal-server-key-missing": { result: "failed", stage: "connect" },
  "rdp-tcp-key-missing": { result: "failed", stage: "connect" },
  "rdp-port-out-of-range": { result: "failed", stage: "connect" },
  "rdp-port-is-text": { result: "failed", stage: "connect" },
  "remote-desktop-disabled": { result: "failed", stage: "connect" },
  "security-layer-weak": { result: "rdp-security" },
  "security-layer-out-of-range": { result: "failed", stage: "negotiate" },
  "firewall-group-disabled": { result: "completed" },
  "firewall-blocks-all": { result: "completed" },
  "policy-disables-remote-desktop": { result: "failed", stage: "connect" },
  "policy-weakens-security-layer": { result: "rdp-security" },
  "custom-certificate": { result: "completed" },
  "custom-certificate-ends": { result: "completed" },
  "custom-certificate-expired": { result: "completed" },
  "custom-certificate-gone": { result: "completed" },
  "foreign-winstation": { result: "failed", stage: "negotiate" },
  "cryptsvc-disabled": { result: "failed", stage: "tls", event: 36870 },
  "keyiso-disabled": { result: "failed", stage: "tls", event: 36870 },
  "termservice-library-gone": { result: "failed", stage: "connect" },
  "disk-full": { result: "completed" },
  "many-keys": { result: "completed" },
  ...afterTls,
};

describe("the handshake", () => {
  test("of a healthy Windows completes with its certificate", () => {
    const { adapter } = simulateWindows(healthyWindows(), { now }).startProcess();
    const [certificate] = adapter["Get-StoreCertificates"]({ Store: "Remote Desktop" });
    expect(adapter["Get-RdpHandshake"]({ Port: 3389 })).toEqual({
      result: "completed",
      protocol: "TLS 1.2",
      suite: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      thumbprint: certificate?.thumbprint,
      notAfter: certificate?.notAfter,
      client: { address: "127.0.0.1", offered: ["TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"], forbidden: [] },
    });
  });

  test.each(Object.entries(handshakes))("under the fault %s", (name, { event, ...expected }) => {
    const windows = simulateWindows(withFaults(healthyWindows(), [name as FaultName]), { now });
    windows.state.events = [];
    expect(windows.startProcess().adapter["Get-RdpHandshake"]({ Port: 3389 })).toMatchObject(expected);
    expect(windows.state.events.map(({ id }) => id)).toEqual(event === undefined ? [] : [event]);
  });

  test("connects to the adapter that the listener is bound to, and fails where there is no such adapter", () => {
    const windows = simulateWindows(withFaults(healthyWindows(), ["listener-on-one-adapter"]), { now });
    const { adapter } = windows.startProcess();
    const shake = () => adapter["Get-RdpHandshake"]({ Port: 3389 });
    expect(shake()).toMatchObject({ result: "completed", client: { address: "10.0.0.4" } });
    windows.state.lanAdapters = {};
    expect(shake()).toMatchObject({ result: "failed", stage: "connect", client: { address: "127.0.0.1" } });
  });

  test("uses TLS 1.3 where the listener has nothing else", () => {
    const windows = simulateWindows(withFaults(healthyWindows(), ["tls12-disabled"]), { now });
    const protocols = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols";
    windows.state.registry[`${protocols}\\TLS 1.3\\Server\\Enabled`] = { type: "dword", data: 1 };
    const { adapter } = windows.startProcess();
    expect(adapter["Get-RdpHandshake"]({ Port: 3389 })).toMatchObject({ result: "completed", protocol: "TLS 1.3" });
    windows.state.registry[`${protocols}\\TLS 1.3\\Client\\Enabled`] = { type: "dword", data: 0 };
    expect(adapter["Get-RdpHandshake"]({ Port: 3389 })).toMatchObject({
      result: "failed",
      stage: "tls",
      client: { forbidden: ["TLS 1.3"] },
    });
  });

  test("has no suite with elliptic curves where a policy names none that Windows has", () => {
    const windows = simulateWindows(healthyWindows(), { now });
    const { adapter } = windows.startProcess();
    windows.state.registry[registryPath("cipher-policy/EccCurves")] = { type: "string", data: "secp999" };
    expect(adapter["Get-RdpHandshake"]({ Port: 3389 })).toMatchObject({ suite: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384" });
  });

  test("presents the former certificate until TermService restarts", () => {
    const windows = simulateWindows(withFaults(healthyWindows(), ["former-certificate-presented"]), { now });
    const { adapter } = windows.startProcess();
    const [inUse] = adapter["Get-StoreCertificates"]({ Store: "Remote Desktop" });
    const presented = () => adapter["Get-RdpHandshake"]({ Port: 3389 });
    expect(presented()).not.toMatchObject({ thumbprint: inUse?.thumbprint });
    for (const Name of ["UmRdpService", "TermService"] as const) {
      adapter["Stop-RdpService"]({ Name, TimeoutSeconds: 60 });
    }
    adapter["Start-RdpService"]({ Name: "TermService", TimeoutSeconds: 60 });
    expect(presented()).toMatchObject({ thumbprint: inUse?.thumbprint });
  });

  test("fails where another program came to the port first", () => {
    const windows = simulateWindows(healthyWindows(), { now });
    windows.state.foreignListeners.push({ port: 3389, process: "other.exe", services: [] });
    const { adapter } = windows.startProcess();
    expect(adapter["Get-PortOwner"]({ Port: 3389 })).toEqual({ process: "other.exe", services: [] });
    expect(adapter["Get-RdpHandshake"]({ Port: 3389 })).toMatchObject({ result: "failed", stage: "negotiate" });
    expect(adapter["Wait-RdpListener"]({ Port: 3389, TimeoutSeconds: 5 })).toBe(false);
  });
});
