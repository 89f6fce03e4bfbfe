import type { DurableClient } from "durable-functions";
import type { Orchestrations } from "../lib/durable/engine.ts";
import { type DriveInput, durableNames } from "../lib/durable/orchestrator.ts";

const ended: readonly string[] = ["Completed", "Failed", "Canceled", "Terminated"];

/** The engine's orchestrations, through the client that the Functions host passes to an invocation. */
export function createOrchestrations(client: DurableClient): Orchestrations {
  async function isAlive(runId: string): Promise<boolean> {
    try {
      const { runtimeStatus } = await client.getStatus(runId, { showInput: false });
      return !ended.includes(runtimeStatus);
    } catch (error) {
      // The library marks a missing orchestration only by the text of its error message.
      if (error instanceof Error && error.message.includes("HTTP 404")) return false;
      throw error;
    }
  }

  async function start(instanceId: string, input: DriveInput): Promise<void> {
    try {
      await client.startNew(durableNames.orchestration, { instanceId, input });
    } catch (error) {
      // A rejection because the orchestration is running is a success; the library gives the reason only as text.
      if (!(await isAlive(instanceId))) throw error;
    }
  }

  return {
    isAlive,
    start: (runId) => start(runId, { runId }),
    startOperation: (operationId) => start(operationId, { operationId }),
    startPulse: (instanceId) => start(instanceId, { pulse: instanceId }),
    async raise(runId) {
      await client.raiseEvent(runId, durableNames.event, null);
    },
    async purge(runId) {
      await client.purgeInstanceHistory(runId);
    },
  };
}
