import { describe, expect, test } from "vitest";
import type { Finding } from "../../lib/core/finding.ts";
import type { ClientError } from "../../lib/core/run.ts";
import { offlineSteps } from "../../lib/offline-repair/offline-steps.ts";
import { repairScripts } from "../../lib/offline-repair/repair-scripts.ts";

const vm = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "rg-app", name: "vm-app-01" };

function agent(verdict: Finding["verdict"]): Finding[] {
  return [{ check: "guest-agent-is-ready", verdict, because: "As the test wants.", evidence: {}, restoredBy: [] }];
}

function commandsOf(clientError?: ClientError, resourceGroup = vm.resourceGroup): string[] {
  const steps = offlineSteps({ vm: { ...vm, resourceGroup }, findings: agent("faulty"), clientError });
  return steps.flatMap(({ commands }) => commands);
}

function at(commands: readonly string[], part: string): number {
  return commands.findIndex((command) => command.includes(part));
}

test.each(["healthy", "unknown", "not-applicable"] as const)("an agent that is %s needs no steps", (verdict) => {
  expect(offlineSteps({ vm, findings: agent(verdict), clientError: undefined })).toEqual([]);
  expect(offlineSteps({ vm, findings: [], clientError: undefined })).toEqual([]);
});

test("a dead agent: console, network interface, disk, the least invasive first, none of it a restart alone", () => {
  const steps = offlineSteps({ vm, findings: agent("faulty"), clientError: undefined });
  expect(steps.map(({ changes }) => changes)).toEqual(["nothing", "windows", "network-interface", "disk"]);
  expect(steps.flatMap(({ commands }) => commands).filter((command) => /az vm (re)?start/.test(command))).toEqual([]);
  for (const { source } of steps) expect(new URL(source).protocol).toBe("https:");
});

test("the commands have the VM's own names", () => {
  expect(commandsOf()).toContain(
    "az vm repair reset-nic --resource-group rg-app --name vm-app-01 --subscription 00000000-0000-4000-8000-000000000001 --yes",
  );
  const quoted = commandsOf(undefined, "rg (app)").filter((command) => command.startsWith("az "));
  for (const command of quoted) expect(command).toContain("--resource-group 'rg (app)' ");
});

describe("the error of the client", () => {
  test.each([[undefined], ["0x204"], ["0x108"], ["0x104"], ["banana"]])("%s: the network comes first", (hint) => {
    const commands = commandsOf(hint);
    expect(at(commands, "reset-nic")).toBeGreaterThan(0);
    expect(at(commands, "win-dhcp-fix")).toBeLessThan(at(commands, "win-GA-fix"));
    expect(at(commands, "source=dhcp")).toBeLessThan(at(commands, "sc query RdAgent"));
  });

  test.each(["0x904/0x7", "0x807", "0xb07", "0x3/0x101"])("%s: the VM has answered, so its network works", (hint) => {
    const commands = commandsOf(hint);
    expect(at(commands, "reset-nic")).toBe(-1);
    expect(at(commands, "win-GA-fix")).toBeLessThan(at(commands, "win-dhcp-fix"));
    expect(at(commands, "sc query RdAgent")).toBeLessThan(at(commands, "source=dhcp"));
  });
});

test("only ids that the published list of 2026-08-19 has for certain are printed", () => {
  const published = [
    "win-GA-fix",
    "win-LKGC",
    "win-collect-attached-disk-logs",
    "win-dhcp-fix",
    "win-sac-on",
    "win-toggle-safe-mode",
    "win-update-registry",
  ];
  expect(repairScripts.map(({ runId }) => runId).sort()).toEqual(published);
  const printed = commandsOf().flatMap((command) => /--run-id (\S+)/.exec(command)?.[1] ?? []);
  expect(printed.sort()).toEqual(published);
});
