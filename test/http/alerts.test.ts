import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { answerWithinMs } from "../../lib/http/handlers/receive-alert.ts";
import type { ApiDeps } from "../../lib/http/route.ts";
import { openRig, type Rig, vmPath } from "./rig.ts";

let rig: Rig;
afterEach(() => rig.close());

async function notify(
  receiveAlert: ApiDeps["receiveAlert"],
  body: unknown = { schemaId: "azureMonitorCommonAlertSchema" },
) {
  rig = await openRig({ receiveAlert });
  return rig.ask("/api/alerts", { body, as: "alerts" });
}

describe("a notification of an action group", () => {
  test("is taken, with what was accepted and what was ignored", async () => {
    const intake = {
      accepted: [{ vm: vmPath, runId: randomUUID() }],
      ignored: [{ vm: null, because: "It was resolved." }],
    };
    const seen: unknown[] = [];
    const answer = await notify(async (body) => {
      seen.push(body);
      return intake;
    });
    expect(answer).toMatchObject({ status: 202, json: intake });
    expect(seen).toEqual([{ schemaId: "azureMonitorCommonAlertSchema" }]);
  });

  test("is refused for good when it will never be acceptable", async () => {
    const problem = { code: "invalid-input", message: "No common alert.", retryable: false, detail: "data" } as const;
    const answer = await notify(async () => problem);
    expect(answer).toMatchObject({ status: 400, json: { error: { code: "InvalidInput", target: "data" } } });
    expect(answer.headers).not.toHaveProperty("retry-after");
  });

  test("is asked for again only when that helps", async () => {
    const answer = await notify(async () => ({
      code: "store-conflict",
      message: "Busy.",
      retryable: true,
      retryAfterMs: 4200,
    }));
    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
  });

  test("is a fault of the service when nobody expected what happened", async () => {
    const answer = await notify(async () => {
      throw new Error("secret");
    });
    expect(answer.status).toBe(500);
    expect(rig.surprises).toHaveLength(1);
  });

  test("is asked for again when the store of runs cannot be reached, and the log hears why", async () => {
    const down = new Error("connect ETIMEDOUT");
    rig = await openRig({
      receiveAlert: () => Promise.reject(down),
      explain: (error) =>
        error === down ? { code: "azure-unavailable", message: "Not reached.", retryable: true } : null,
    });
    const answer = await rig.ask("/api/alerts", { body: {}, as: "alerts" });
    expect(answer).toMatchObject({ status: 503, json: { error: { code: "AzureUnavailable" } } });
    expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
    expect(rig.surprises).toEqual([down]);
  });

  test("has its answer within five seconds, whatever the intake does", async () => {
    rig = await openRig({ receiveAlert: () => new Promise(() => {}) });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const asked = rig.ask("/api/alerts", { body: {}, as: "alerts" });
      await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
      await vi.advanceTimersByTimeAsync(answerWithinMs);
      expect(answerWithinMs).toBeLessThan(5000);
      expect(await asked).toMatchObject({ status: 503, json: { error: { code: "NotYetTaken" } } });
    } finally {
      vi.useRealTimers();
    }
  });

  test("has to be an object", async () => {
    const never = async () => {
      throw new Error("the intake is not asked");
    };
    expect(await notify(never, ["an alert"])).toMatchObject({ status: 400 });
  });
});

describe("a notification that is delivered again, byte for byte", () => {
  const body = { schemaId: "azureMonitorCommonAlertSchema", data: 1 };
  const accepted = { accepted: [{ vm: vmPath, runId: randomUUID() }], ignored: [] };

  /** The API with an intake that counts its deliveries. */
  async function counting(intake: unknown) {
    let asked = 0;
    rig = await openRig({
      receiveAlert: async () => {
        asked += 1;
        return intake as Awaited<ReturnType<ApiDeps["receiveAlert"]>>;
      },
    });
    const deliver = (more: object = {}) => rig.ask("/api/alerts", { body, as: "alerts", ...more });
    return { deliver, asked: () => asked };
  }

  test("has the same answer without being read again, under a request id of its own", async () => {
    const { deliver, asked } = await counting(accepted);
    const [first, second] = [await deliver(), await deliver()];
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.json).toEqual(first.json);
    expect(second.headers["x-ms-request-id"]).not.toBe(first.headers["x-ms-request-id"]);
    expect(asked()).toBe(1);
  });

  test("is read again when anything about it differs", async () => {
    const { deliver, asked } = await counting(accepted);
    await deliver();
    await deliver({ body: { ...body, data: 2 } });
    await deliver({ headers: { "content-type": "application/json; charset=utf-8" } });
    expect(asked()).toBe(3);
  });

  test("still needs to be signed in, to have the role, and to say that it is JSON", async () => {
    const { deliver, asked } = await counting(accepted);
    await deliver();
    expect(await deliver({ as: null })).toMatchObject({ status: 401 });
    expect(await deliver({ as: "requester" })).toMatchObject({ status: 403 });
    expect(await deliver({ headers: { "content-type": "text/plain" } })).toMatchObject({ status: 415 });
    expect(asked()).toBe(1);
  });

  test.each<[string, unknown]>([
    ["ignored a VM, which may be free by then", { accepted: [], ignored: [{ vm: vmPath, because: "It cools down." }] }],
    ["was refused for now", { code: "store-conflict", message: "Busy.", retryable: true }],
    ["was refused for good", { code: "invalid-input", message: "No alert.", retryable: false }],
  ])("is looked at again when the first %s", async (_, intake) => {
    const { deliver, asked } = await counting(intake);
    await deliver();
    await deliver();
    expect(asked()).toBe(2);
  });

  test("is not looked at again when the whole alert asked for nothing", async () => {
    const { deliver, asked } = await counting({ accepted: [], ignored: [{ vm: null, because: "It is resolved." }] });
    await deliver();
    expect((await deliver()).json).toMatchObject({ ignored: [{ because: "It is resolved." }] });
    expect(asked()).toBe(1);
  });
});
