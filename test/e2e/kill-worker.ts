import { writeSync } from "node:fs";
import { connectAzure, createCredential } from "../../lib/azure/connect.ts";
import { Run } from "../../lib/core/run.ts";
import { createLocalEngine } from "../../lib/local/engine.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { readSettings } from "../../lib/settings.ts";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";
import { withVirtualTime } from "../fixtures/clock.ts";

/*
 * One process of the local engine, as `kill.test.ts` starts it: begins the run that is given, or goes on with it, and
 * kills itself at the given moment. Moments are counted right after each answer of Azure, when nothing is saved yet, and
 * right after each save. Without a moment it ends with the run, and prints how many there were. With `STAND_STILL_IN` it
 * stands still as soon as a script of that phase runs, says so, and does nothing more until it is killed. `STARTED_AT` is the
 * time at which its clock begins; without it, that of the machine.
 */

const settings = readSettings(process.env);
if (!settings.ok) throw new Error(settings.problem.message);
const killAt = Number(process.env.KILL_AT ?? 0);
let moments = 0;

function moment(): void {
  moments += 1;
  if (moments === killAt) process.kill(process.pid, "SIGKILL");
}

function saved({ state, script }: Run): void {
  moment();
  if (state !== process.env.STAND_STILL_IN || script?.phase !== "running") return;
  writeSync(1, "standing still\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** The same port, with a moment after each answer. */
function watched<Port extends object>(port: Port): Port {
  return new Proxy(port, {
    get(target, name, receiver) {
      const method = Reflect.get(target, name, receiver);
      if (typeof method !== "function") return method;
      return async (...given: unknown[]) => {
        const answer = await method.apply(target, given);
        moment();
        return answer;
      };
    },
  });
}

const azure = connectAzure({ ...settings.value.arm, credential: createCredential(settings.value.credential) });
const store = openSqliteStore(settings.value.database);
const ports = {
  reader: watched(azure.reader),
  channel: watched(azure.channel),
  power: watched(azure.power),
  alerts: watched(azure.alerts),
};
const { STARTED_AT } = process.env;
const clock = createVirtualClock(STARTED_AT ? { start: new Date(STARTED_AT) } : {});
const engine = withVirtualTime(clock, (holding) =>
  createLocalEngine({ store, ports, clock, watchers: [holding], onSaved: saved }),
);
const run = Run.parse(JSON.parse(process.env.RUN ?? ""));
await engine.resume();
await engine.start(run);
const rested = await engine.settled(run.id);
console.log(JSON.stringify({ outcome: rested.outcome, moments }));
await engine.close();
store.close();
