import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import type { ApiDeps } from "../../lib/http/route.ts";
import { openRig, type Rig, vmPath } from "./rig.ts";

let rig: Rig;
afterEach(() => rig.close());

async function notify(
  receiveAlert: ApiDeps["receiveAlert"],
  body: unknown = { schemaId: "azureMonitorCommonAlertSchema" },
) {
  rig = await openRig(receiveAlert ? { receiveAlert } : {});
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
    const answer = await notify(async () => ({ code: "invalid-input", message: "No common alert.", retryable: false }));
    expect(answer).toMatchObject({ status: 400, json: { error: { code: "InvalidInput" } } });
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

  test("is not taken where no intake is set up", async () => {
    expect(await notify(undefined)).toMatchObject({ status: 501, json: { error: { code: "NotSupported" } } });
  });

  test("has to be an object", async () => {
    const never = async () => {
      throw new Error("the intake is not asked");
    };
    expect(await notify(never, ["an alert"])).toMatchObject({ status: 400 });
  });
});
