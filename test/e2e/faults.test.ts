import { afterEach, describe, expect, test } from "vitest";
import type { RunOptions } from "../../lib/core/run.ts";
import { World } from "../../sandbox/world.ts";
import { readWorld, type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";

/*
 * One bad answer of Azure at one call, on the real SDKs: a repair that was begun is finished, and its script runs once.
 */

const write = "Microsoft.Compute/virtualMachines/runCommands/write";
const read = "Microsoft.Compute/virtualMachines/runCommands/read";
const vmRead = "Microsoft.Compute/virtualMachines/read";
const nicRead = "Microsoft.Network/networkInterfaces/read";
const restart = "Microsoft.Compute/virtualMachines/restart/action";

let service: SandboxService | undefined;
afterEach(() => service?.close());

async function repair(name: string, faults: readonly object[], options: Partial<RunOptions> = {}) {
  service = await serveWorld(World.parse({ ...readWorld(name), faults }), "modelled");
  const run = await service.run("repair", options);
  const seen = service.sandbox.calls.filter(({ fault }) => fault !== null).length;
  return { run, seen, sandbox: service.sandbox };
}

/** The scripts that ran, by their steps. */
function stepsOf({ scriptRuns }: SandboxService["sandbox"]): string[] {
  return scriptRuns.map(({ name }) => (name ?? "").replace(/^rdpfix-[0-9a-f-]{36}-/, ""));
}

const proxies = ["html", "empty", "empty-object"].map((body) => ({ kind: "proxy", body }));
const refusals = [400, 401, 403, 404].map((status) => ({ kind: "refused", status }));
const shortly = [
  { kind: "throttled", retryAfterSeconds: 1 },
  { kind: "server-error", status: 500 },
  { kind: "dropped" },
];
const proxyRefusals = [401, 403, 404].map((status) => ({ kind: "proxy", status, body: "html" }));

describe("the look after a change that is at work", () => {
  test.each([...refusals, ...proxies, ...proxyRefusals, ...shortly])("%j", async (answer) => {
    // The first look is at the collecting script.
    const { run, seen, sandbox } = await repair("enable-remote-desktop", [{ on: read, after: 1, answer }]);
    expect(seen).toBe(1);
    expect(run.outcome?.kind, run.outcome?.summary).toBe("repaired");
    expect(stepsOf(sandbox)).toEqual(["collect-1", "apply-2"]);
  });

  test("absent for five looks", async () => {
    const answer = { kind: "refused", status: 404 };
    const { run, sandbox } = await repair("enable-remote-desktop", [{ on: read, after: 1, times: 5, answer }]);
    expect(run.outcome?.kind).toBe("repaired");
    expect(stepsOf(sandbox)).toEqual(["collect-1", "apply-2"]);
  });

  test("throttled eight times with a second to wait", async () => {
    const answer = { kind: "throttled", retryAfterSeconds: 1 };
    const { run } = await repair("enable-remote-desktop", [{ on: read, after: 1, times: 8, answer }]);
    expect(run.outcome?.kind).toBe("repaired");
  });

  test("out of reach for fifteen minutes", async () => {
    const answer = { kind: "server-error", status: 503 };
    const { run } = await repair("enable-remote-desktop", [{ on: read, after: 1, times: 13, answer }]);
    expect(run.outcome?.kind).toBe("repaired");
  });
});

describe("the request for the change, carried out and its answer lost", () => {
  const lost = [
    { kind: "dropped", carriedOut: true },
    ...proxies.map((proxy) => ({ ...proxy, carriedOut: true })),
    { kind: "proxy", status: 502, body: "html", carriedOut: true },
  ];
  test.each(lost)("%j", async (answer) => {
    const { run, sandbox } = await repair("enable-remote-desktop", [{ on: write, after: 1, answer }]);
    expect(run.outcome?.kind, run.outcome?.summary).toBe("repaired");
    expect(stepsOf(sandbox)).toEqual(["collect-1", "apply-2"]);
  });

  test.each(refusals)("and the look after it answers %j", async (answer) => {
    const { run, sandbox } = await repair("enable-remote-desktop", [
      { on: write, after: 1, answer: { kind: "dropped", carriedOut: true } },
      { on: read, after: 1, answer },
    ]);
    expect(run.outcome?.kind, run.outcome?.summary).toBe("repaired");
    expect(stepsOf(sandbox)).toEqual(["collect-1", "apply-2"]);
  });
});

test.each([{ kind: "dropped" }, ...proxies])(
  "a request for the change that never arrived is made again: %j",
  async (answer) => {
    const { run, sandbox } = await repair("enable-remote-desktop", [{ on: write, after: 1, answer }]);
    expect(run.outcome?.kind, run.outcome?.summary).toBe("repaired");
    expect(stepsOf(sandbox)).toEqual(["collect-1", "apply-2"]);
  },
);

test.each([...shortly, { kind: "throttled", retryAfterSeconds: 7 }])(
  "a network card that could not be read once leaves a repair repaired: %j",
  async (answer) => {
    const { run, seen } = await repair("enable-remote-desktop", [{ on: nicRead, answer }]);
    expect(seen).toBe(1);
    expect(run.outcome?.kind, run.outcome?.summary).toBe("repaired");
    expect(run.findings.find(({ check }) => check === "nsg-allows-rdp")?.verdict).toBe("healthy");
  },
);

test("a network card that can never be read leaves a repair repaired, and says what was not judged", async () => {
  const answer = { kind: "throttled", retryAfterSeconds: 1 };
  const { run } = await repair("enable-remote-desktop", [{ on: nicRead, times: 1000, answer }]);
  expect(run.outcome?.kind).toBe("repaired");
  expect(run.outcome?.summary).toContain("could not be read");
  expect(run.outcome?.summary).not.toContain("Not ours to change");
});

test("a VM that is Updating for a while is waited for", async () => {
  const { run } = await repair("enable-remote-desktop", [{ on: vmRead, times: 4, answer: { kind: "updating" } }]);
  expect(run.outcome?.kind).toBe("repaired");
});

test("a Retry-After of a day is not believed", async () => {
  const answer = { kind: "throttled", retryAfterSeconds: 86_400 };
  const { run } = await repair("enable-remote-desktop", [{ on: read, after: 1, answer }]);
  expect(run.outcome?.kind).toBe("repaired");
  expect(Date.parse(run.updatedAt) - Date.parse(run.createdAt)).toBeLessThan(15 * 60_000);
});

describe("a restart that was carried out and whose answer was lost is not asked for again", () => {
  test.each([1, 1000])("%i times", async (times) => {
    const answer = { kind: "dropped", carriedOut: true };
    const faults = [{ on: restart, times, answer }];
    const { run, sandbox } = await repair("cipher-policy-needs-restart", faults, { maximumRisk: "reboots" });
    expect(sandbox.calls.filter(({ action }) => action === restart)).toHaveLength(1);
    expect(run.outcome?.kind, run.outcome?.summary).toBe("repaired");
  });
});
