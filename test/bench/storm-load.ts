import { Agent, request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { sandboxSubscription } from "../../sandbox/world.ts";
import { metricAlert } from "../campaigns/alert.ts";

/*
 * Sends a storm of alerts to a service, from a process of its own: `storm-load.ts URL TOKEN ALERTS PER-SECOND SECONDS`, with the
 * first four digits of the alerts' ids. One loop sends whatever is due on a monotonic clock, whether or not the service has
 * answered what was sent before, as many senders would.
 */

const healthEveryMs = 200;
/** The most connections that are open at once. What waits for one counts from when it was due. */
const connections = 512;
/** How long the last responses are awaited. */
const patienceMs = 60_000;

export interface StormAnswer {
  /** 0: there was no response. */
  readonly status: number;
  /** From when the request was due, so that a sender that is held up counts. */
  readonly ms: number;
  readonly body: string;
}

/** The only message to the parent process. */
export interface StormAnswers {
  readonly alerts: readonly StormAnswer[];
  readonly health: readonly StormAnswer[];
  /** By how much the sender was late at most, in ms: what it measures is not better than this. */
  readonly lateMs: number;
}

interface Due {
  readonly at: number;
  send(due: number): Promise<StormAnswer>;
}

export interface StormSize {
  readonly perSecond: number;
  readonly seconds: number;
}

async function storm(url: string, token: string, alertIds: string, size: StormSize): Promise<StormAnswers> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const healthAgent = new Agent({ keepAlive: true, maxSockets: 16 });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const alerts = Array.from({ length: size.perSecond * size.seconds }, (_, number): Due => {
    const body = alertNumber(number, alertIds);
    const asked = { method: "POST", headers, agent };
    return { at: (number * 1000) / size.perSecond, send: (due) => send(`${url}/api/alerts`, asked, body, due) };
  });
  const health = Array.from({ length: (size.seconds * 1000) / healthEveryMs }, (_, number): Due => {
    const asked = { method: "GET", agent: healthAgent };
    return { at: number * healthEveryMs, send: (due) => send(`${url}/api/health`, asked, "", due) };
  });
  const begun = performance.now();
  const [alertsSent, healthSent] = await Promise.all([paced(alerts, begun), paced(health, begun)]);
  const answers = {
    alerts: await Promise.all(alertsSent.answers),
    health: await Promise.all(healthSent.answers),
    lateMs: Math.max(alertsSent.lateMs, healthSent.lateMs),
  };
  agent.destroy();
  healthAgent.destroy();
  return answers;
}

/** Sends each when it is due; resolves when the last was sent. */
async function paced(all: readonly Due[], begun: number): Promise<{ answers: Promise<StormAnswer>[]; lateMs: number }> {
  const answers: Promise<StormAnswer>[] = [];
  let lateMs = 0;
  for (const { at, send } of all) {
    const due = begun + at;
    const early = due - performance.now();
    if (early > 0) await setTimeout(early);
    lateMs = Math.max(lateMs, performance.now() - due);
    answers.push(send(due));
  }
  return { answers, lateMs };
}

function alertNumber(number: number, alertIds: string): string {
  const id = String(number).padStart(12, "0");
  const vm = `/subscriptions/${sandboxSubscription}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-${alertIds}-${id}`;
  return JSON.stringify(metricAlert(vm, `${alertIds}0000-0000-4000-8000-${id}`));
}

function send(url: string, asked: object, body: string, due: number): Promise<StormAnswer> {
  return new Promise((resolve) => {
    const answered = (status: number, text: string) => resolve({ status, ms: performance.now() - due, body: text });
    const sent = request(url, { ...asked, signal: AbortSignal.timeout(patienceMs) }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () => answered(response.statusCode ?? 0, text));
      response.on("error", () => answered(0, ""));
    });
    sent.on("error", () => answered(0, ""));
    sent.end(body);
  });
}

const [url, token, alertIds, perSecond, seconds] = process.argv.slice(2);
if (url && token && alertIds) {
  const size = { perSecond: Number(perSecond), seconds: Number(seconds) };
  process.send?.(await storm(url, token, alertIds, size), () => process.disconnect());
}
