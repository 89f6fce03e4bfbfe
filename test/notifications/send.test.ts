import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Attempt, Post } from "../../lib/notifications/ports.ts";
import { createSend, postByFetch } from "../../lib/notifications/send.ts";
import { aReceiver, sampleEvent } from "./samples.ts";

const now = new Date("2026-11-21T08:00:00Z");
const stop = new AbortController().signal;

function sender(post: Post, secrets: Record<string, string> = {}) {
  const sendEmail = async (): Promise<Attempt> => ({ kind: "sent", because: "mail" });
  return createSend({ secrets, post, sendEmail, now: () => now });
}

const answering = (status: number, headers: Record<string, string> = {}): Post => {
  return async () => ({ status, headers: new Headers(headers), text: "" });
};

describe("what a status means", () => {
  test.each([
    [200, "sent"],
    [202, "sent"],
    [204, "sent"],
    [301, "refused"],
    [307, "refused"],
    [400, "refused"],
    [401, "refused"],
    [404, "refused"],
    [410, "refused"],
    [408, "failed"],
    [425, "failed"],
    [429, "failed"],
    [500, "failed"],
    [503, "failed"],
  ])("%i: %s", async (status, kind) => {
    expect(await sender(answering(status))(aReceiver(), sampleEvent(), stop)).toMatchObject({ kind });
  });

  test.each([
    ["120", 120_000],
    ["Sat, 21 Nov 2026 08:10:00 GMT", 600_000],
    ["Sat, 21 Nov 2026 07:00:00 GMT", 0],
    ["10000000000", 10_000_000_000_000],
    ["soon", undefined],
  ])("Retry-After %s is %s ms", async (value, retryAfterMs) => {
    const attempt = await sender(answering(503, { "retry-after": value }))(aReceiver(), sampleEvent(), stop);
    expect(attempt).toEqual({
      kind: "failed",
      because: "HTTP 503.",
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  });
});

test("a URL that is a secret is used, and appears in no sentence", async () => {
  const urls: string[] = [];
  const post: Post = async (url) => {
    urls.push(url);
    throw Object.assign(new TypeError(`fetch ${url} failed`), { cause: { code: "ECONNREFUSED" } });
  };
  const receiver = aReceiver({ name: "teams", kind: "teams", url: { secret: "teams-url" } });
  const secrets = { "teams-url": "https://workflow.example/hook?sig=hunter2" };
  const attempt = await sender(post, secrets)(receiver, sampleEvent(), stop);
  expect(urls).toEqual([secrets["teams-url"]]);
  expect(attempt).toEqual({ kind: "failed", because: "There was no answer (ECONNREFUSED)." });
});

test("closing the service ends an attempt", async () => {
  const closing = new AbortController();
  const post: Post = (_url, _request, stopped) =>
    new Promise((_, reject) => stopped.addEventListener("abort", () => reject(stopped.reason)));
  const attempt = sender(post)(aReceiver(), sampleEvent(), closing.signal);
  closing.abort();
  expect(await attempt).toMatchObject({ kind: "failed" });
});

test("a template that an event does not fit is refused, and the refusal names the expression and no value", async () => {
  const post: Post = async () => {
    throw new Error("Nothing is to be sent.");
  };
  const receiver = aReceiver({ body: { text: "{{join(', ', data.plan.remediations)}}" } });
  const attempt = await sender(post)(receiver, sampleEvent({ plan: null, title: "hostile" }), stop);
  expect(attempt).toMatchObject({ kind: "refused" });
  expect(attempt.because).toContain("join(', ', data.plan.remediations)");
  expect(attempt.because).not.toContain("hostile");
});

test("an answer whose body breaks off counts by its status: sent again, the event would come twice", async () => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-length": "100" });
    response.write("part", () => response.socket?.end());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const posted = postByFetch(`http://127.0.0.1:${port}/`, { headers: {}, body: "{}" }, stop);
    expect(await posted).toMatchObject({ status: 200, text: "" });
  } finally {
    server.close();
  }
});

test.each([
  ["that never ends", (response: ServerResponse) => response.write("taken")],
  ["that never begins", (response: ServerResponse) => response.flushHeaders()],
])("an answer %s counts by its status, and does not use up the time of the attempt", async (_, answer) => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200);
    answer(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    // Nothing else ends the attempt.
    expect(await postByFetch(`http://127.0.0.1:${port}/`, { headers: {}, body: "{}" }, stop)).toMatchObject({
      status: 200,
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("of an answer that unpacks to a thousand times its size, the beginning is read", async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(bomb);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const { text } = await postByFetch(`http://127.0.0.1:${port}/`, { headers: {}, body: "{}" }, stop);
    expect(text).toHaveLength(16 * 1024);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
