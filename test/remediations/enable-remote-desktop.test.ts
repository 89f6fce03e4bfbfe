import { expect, test } from "vitest";
import { enableRemoteDesktop } from "../../lib/remediations/enable-remote-desktop.ts";
import { dword, evidenceWith, notForced, restart } from "./evidence-with.ts";

test("sets all four values right", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["terminal-server/fDenyTSConnections"] = dword(1);
    guest.registry["terminal-server/TSUserEnabled"] = dword(1);
    guest.registry["rdp-tcp/fEnableWinStation"] = dword(0);
    guest.registry["rdp-tcp/LanAdapter"] = dword(3);
    guest.listener.owner = null;
  });
  expect(enableRemoteDesktop.plan(evidence, notForced)).toEqual([
    { kind: "set-registry-value", value: "terminal-server/fDenyTSConnections", to: dword(0), was: dword(1) },
    { kind: "set-registry-value", value: "terminal-server/TSUserEnabled", to: dword(0), was: dword(1) },
    { kind: "set-registry-value", value: "rdp-tcp/fEnableWinStation", to: dword(1), was: dword(0) },
    { kind: "set-registry-value", value: "rdp-tcp/LanAdapter", to: dword(0), was: dword(3) },
    restart,
  ]);
});

test("where somebody listens, the chosen adapter and an absent switch stay", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["terminal-server/fDenyTSConnections"] = null;
    guest.registry["rdp-tcp/LanAdapter"] = dword(3);
  });
  expect(enableRemoteDesktop.plan(evidence, notForced)).toEqual([]);
});

test("a switch that is no number is written, with what it was", () => {
  const was = { type: "string", data: "0" } as const;
  const evidence = evidenceWith((guest) => {
    guest.registry["terminal-server/fDenyTSConnections"] = was;
    guest.listener.owner = null;
  });
  expect(enableRemoteDesktop.plan(evidence, notForced)).toEqual([
    { kind: "set-registry-value", value: "terminal-server/fDenyTSConnections", to: dword(0), was },
    restart,
  ]);
});

test("where nobody listens, an absent switch is written; the other absences are defaults", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["terminal-server/fDenyTSConnections"] = null;
    guest.registry["terminal-server/TSUserEnabled"] = null;
    guest.registry["rdp-tcp/fEnableWinStation"] = null;
    guest.registry["rdp-tcp/LanAdapter"] = null;
    guest.listener.owner = null;
  });
  expect(enableRemoteDesktop.plan(evidence, notForced)).toEqual([
    { kind: "set-registry-value", value: "terminal-server/fDenyTSConnections", to: dword(0), was: null },
    restart,
  ]);
});

test("refuses when group policy denies connections, and names the place", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["policy/fDenyTSConnections"] = dword(1);
  });
  expect(enableRemoteDesktop.plan(evidence, notForced)).toEqual({
    refused: expect.stringContaining("Terminal Services\\fDenyTSConnections to 1"),
  });
});

test("a policy that allows connections makes the local value pointless", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["policy/fDenyTSConnections"] = dword(0);
    guest.registry["terminal-server/fDenyTSConnections"] = dword(1);
  });
  expect(enableRemoteDesktop.plan(evidence, notForced)).toEqual([]);
});

test("refuses where the keys of Remote Desktop are missing", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["terminal-server/fDenyTSConnections"] = null;
    guest.listener.owner = null;
    guest.listener.registryKeys = { terminalServer: false, rdpTcp: false };
  });
  expect(enableRemoteDesktop.plan(evidence, notForced)).toEqual({ refused: expect.stringContaining("are missing") });
});
