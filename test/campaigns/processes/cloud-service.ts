import { composeCloud } from "../../../lib/compose-cloud.ts";
import type { Orchestrations } from "../../../lib/durable/engine.ts";
import type { DriveInput } from "../../../lib/durable/orchestrator.ts";
import { systemClock } from "../../../lib/local/clock.ts";
import { startServer } from "../../../lib/local/server.ts";
import { sweepEveryMs } from "../../../lib/runs/timing.ts";
import { readSettings } from "../../../lib/settings.ts";

/*
 * The Functions app without its host: `node cloud-service.ts PORT`. Its scheduler keeps nothing: when the process is
 * killed, every orchestration is lost, and only the sweep finds the runs again.
 */

const settings = readSettings(process.env);
if (!settings.ok) throw new Error(settings.problem.message);
const wakers = new Map<string, AbortController>();
let advance: (input: DriveInput) => Promise<{ kind: string; until?: string }>;

async function orchestrate(runId: string): Promise<void> {
  for (;;) {
    const waker = new AbortController();
    wakers.set(runId, waker);
    const step = await advance({ runId }).catch((error: unknown) => {
      console.error(`run ${runId}: ${error instanceof Error ? error.message : String(error)}`);
      return { kind: "wait", until: new Date(Date.now() + 1000).toISOString() };
    });
    if (step.kind === "rest") break;
    const ms = Date.parse(step.until ?? "") - Date.now();
    if (ms > 0) await systemClock.sleep(ms, waker.signal);
  }
  wakers.delete(runId);
}

const orchestrations: Orchestrations = {
  async start(runId) {
    if (!wakers.has(runId)) void orchestrate(runId);
  },
  startPulse: async (instanceId) => void advance({ pulse: instanceId }),
  startOperation: () => Promise.reject(new Error("the campaigns start no operation")),
  isAlive: async (runId) => wakers.has(runId),
  raise: async (runId) => wakers.get(runId)?.abort(),
  purge: async () => {},
};

const service = await composeCloud(settings.value, orchestrations);
if (!service.ok) throw new Error(service.problem.message);
const { api, sweep } = service.value;
advance = service.value.advance;
await startServer(api, Number(process.argv[2]));
for (;;) {
  await sweep().catch((error: unknown) => console.error(`sweep: ${String(error)}`));
  await systemClock.sleep(Math.min(sweepEveryMs, 5000));
}
