import { expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { type Answer, credential, fakeArm, refusal, vm, vmPath } from "./fake-arm.ts";
import { remediatorOf, sandboxWith } from "./sandbox.ts";

test("a VM has tags or does not exist; one that may not be read has none, and Azure that cannot say now is asked again", async () => {
  const started = await sandboxWith({ tags: { team: "a" } });
  const { tagReader } = connectAzure({ endpoint: started.sandbox.endpoint, credential: remediatorOf(started) });
  expect(await tagReader.tagsOf(started.vm)).toEqual({ ok: true, value: { team: "a" } });
  expect(await tagReader.tagsOf({ ...started.vm, name: "vm-gone" })).toEqual({ ok: true, value: null });
  expect(await tagReader.tagsOf({ ...started.vm, resourceGroup: "rg-gone" })).toEqual({ ok: true, value: null });
  const answering = (answer: Answer) =>
    connectAzure({ credential, httpClient: fakeArm({ [`GET ${vmPath}`]: answer }) }).tagReader.tagsOf(vm);
  expect(await answering(refusal(403, "AuthorizationFailed", "No."))).toEqual({ ok: true, value: {} });
  expect(await answering(refusal(503, "ServerBusy", "Later."))).toMatchObject({
    ok: false,
    problem: { retryable: true },
  });
});
