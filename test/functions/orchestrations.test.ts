import type { DurableClient } from "durable-functions";
import { expect, test } from "vitest";
import { createOrchestrations } from "../../functions/orchestrations.ts";

const runId = "00000000-0000-4000-8000-000000000001";

/** The library's client, with what the test lets it do; anything else throws. */
function clientWith(known: Partial<Record<keyof DurableClient, (...given: never[]) => unknown>>): DurableClient {
  return new Proxy({} as DurableClient, {
    get(_, name) {
      const method = known[name as keyof DurableClient];
      if (method) return method;
      throw new Error(`The client is asked for ${String(name)}`);
    },
  });
}

function withStatus(runtimeStatus: string | null) {
  return async () => {
    if (runtimeStatus !== null) return { runtimeStatus };
    throw new Error(
      "DurableClient error: Durable Functions extension replied with HTTP 404 response. This usually means",
    );
  };
}

test.each([
  ["Pending", true],
  ["Running", true],
  ["ContinuedAsNew", true],
  ["Suspended", true],
  ["Completed", false],
  ["Failed", false],
  ["Terminated", false],
  ["Canceled", false],
  [null, false],
])("an orchestration that is %s is alive: %s", async (status, alive) => {
  expect(await createOrchestrations(clientWith({ getStatus: withStatus(status) })).isAlive(runId)).toBe(alive);
});

test("a status that cannot be read is a surprise, not an orchestration that is gone", async () => {
  const client = clientWith({ getStatus: async () => Promise.reject(new Error("HTTP 500")) });
  await expect(createOrchestrations(client).isAlive(runId)).rejects.toThrow("HTTP 500");
});

test("starts an orchestration under the run's id, and gives it nothing but that", async () => {
  const started: unknown[] = [];
  const client = clientWith({ startNew: async (...given: never[]) => started.push(given) });
  await createOrchestrations(client).start(runId);
  expect(started).toEqual([["driveRun", { instanceId: runId, input: { runId } }]]);
});

test("starting what is running is as good as started; any other refusal is not", async () => {
  const startNew = async () =>
    Promise.reject(new Error("An Orchestration instance with the status Running already exists"));
  await createOrchestrations(clientWith({ startNew, getStatus: withStatus("Running") })).start(runId);
  const gone = createOrchestrations(clientWith({ startNew, getStatus: withStatus(null) }));
  await expect(gone.start(runId)).rejects.toThrow("already exists");
});

test("a signal carries nothing: what was said is in the store", async () => {
  const raised: unknown[] = [];
  await createOrchestrations(clientWith({ raiseEvent: async (...given: never[]) => raised.push(given) })).raise(runId);
  expect(raised).toEqual([[runId, "signal", null]]);
});

test("what is purged is the history of that run alone", async () => {
  const purged: unknown[] = [];
  const client = clientWith({ purgeInstanceHistory: async (...given: never[]) => purged.push(given) });
  await createOrchestrations(client).purge(runId);
  expect(purged).toEqual([[runId]]);
});
