import { once } from "node:events";
import { Agent, get } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startServer } from "../../lib/local/server.ts";
import { readWorld, type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";
import { follow, type ServedApi, serveApi } from "../fixtures/served-api.ts";

let service: SandboxService;
let server: ServedApi;

beforeEach(async () => {
  service = await serveWorld(readWorld("several-faults"), "modelled");
  server = await serveApi(service);
});
afterEach(async () => {
  await server.close();
  await service.close();
});

describe("the local server", () => {
  test("takes a repair from the request to the repaired VM, and back", async () => {
    const requester = await server.clientOf(service.sandbox.clients.requester);
    const vm = service.sandbox.vms[0]?.id;
    const begun = await requester("/api/runs", { vm, mode: "repair" });
    expect(begun.status).toBe(202);
    const location = begun.headers.get("operation-location") ?? "";
    expect(location).toBe(`${server.url}/api/runs/${begun.json.id}`);
    const ended = await follow(requester, location);
    expect(ended).toMatchObject({ status: "Succeeded", result: { outcome: "repaired" } });
    expect(ended.requestedBy).toMatchObject({ kind: "http", objectId: service.sandbox.clients.requester.objectId });

    const undone = await requester(`${location}/undo`, {});
    expect(await follow(requester, undone.headers.get("operation-location") ?? "")).toMatchObject({
      status: "Succeeded",
      result: { outcome: "undone" },
    });
  });

  // Its sender could not tell whether a request was taken that was on its way when the connection was closed.
  test("keeps connections longer than clients do", async () => {
    const [response] = await once(
      get(`${server.url}/api/openapi.json`, { agent: new Agent({ keepAlive: true }) }),
      "response",
    );
    response.resume();
    expect(response.headers["keep-alive"]).toBe("timeout=75");
  });

  test("health names the queue of work when runs are due and do not go on", async () => {
    const checkQueue = () => Promise.reject(new Error("1 are due and do not go on"));
    const standing = await serveApi({ ...service, checkQueue });
    const answer = await fetch(`${standing.url}/api/health`);
    await expect(standing.close()).rejects.toThrow("do not go on");
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("Broken: the queue of work.")]);
    expect((await fetch(`${server.url}/api/health`)).status).toBe(200);
  });

  test("lets somebody else approve, and knows who may do what by the tenant's tokens", async () => {
    const { clients, remediator, vms } = service.sandbox;
    const requester = await server.clientOf(clients.requester);
    const approver = await server.clientOf(clients.approver);
    const begun = await requester("/api/runs", { vm: vms[0]?.id, mode: "repair", maximumRisk: "none" });
    const run = await service.engine.settled(String(begun.json.id));
    expect(run.state).toBe("awaiting-approval");
    const path = `/api/runs/${run.id}`;
    const yes = { approved: true, planHash: run.plan?.hash };
    expect(await requester(`${path}/decision`, yes)).toMatchObject({ status: 403 });
    expect(await approver(`${path}/decision`, yes)).toMatchObject({ status: 202 });
    expect(await follow(requester, path)).toMatchObject({ result: { outcome: "repaired" } });
    expect(await approver("/api/runs", { vm: vms[0]?.id, mode: "repair" })).toMatchObject({ status: 403 });
    // A token without any role of this API, and one for another resource.
    expect(await (await server.clientOf(remediator))("/api/runs")).toMatchObject({ status: 403 });
    const forArm = await fetch(`${server.url}/api/runs`, { headers: { authorization: `Bearer ${await armToken()}` } });
    expect(forArm.status).toBe(401);
  });

  async function armToken(): Promise<string> {
    const { env } = service.sandbox;
    const answer = await fetch(
      `${env.IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=https://management.azure.com/`,
      {
        headers: { "x-identity-header": env.IDENTITY_HEADER ?? "" },
      },
    );
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  test("sends no more than headers for what the client has seen", async () => {
    const authorization = `Bearer ${await server.tokenOf(service.sandbox.clients.requester)}`;
    const run = await service.run("diagnose");
    const url = `${server.url}/api/runs/${run.id}`;
    const first = await fetch(url, { headers: { authorization } });
    const etag = first.headers.get("etag") ?? "";
    const second = await fetch(url, { headers: { authorization, "if-none-match": etag } });
    expect([second.status, await second.text()]).toEqual([304, ""]);
  });

  test("answers a body that is too large without reading it to its end", async () => {
    const authorization = `Bearer ${await server.tokenOf(service.sandbox.clients.requester)}`;
    const port = Number(new URL(server.url).port);
    const socket = connect(port, "127.0.0.1");
    const answered = new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (part) => {
        text += part;
      });
      socket.on("close", () => resolve(text));
      socket.on("error", () => resolve(text));
    });
    socket.write(`POST /api/runs HTTP/1.1\r\nHost: evil.example\r\nAuthorization: ${authorization}\r\n`);
    socket.write("Content-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n");
    socket.write("x".repeat(256 * 1024 + 1));
    const answer = await answered;
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain("BodyTooLarge");
    socket.destroy();
  });

  test("listens on 127.0.0.1, and links there whatever the Host header says", async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const document = await fetch(`${server.url}/api/openapi.json`);
    expect(await document.json()).toMatchObject({ servers: [{ url: server.url }] });
    // A target that is an address of its own stays a path here.
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.end("GET http://evil.example/api/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    let text = "";
    for await (const part of socket) text += part;
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
  });

  test("a taken port is an error that says so", async () => {
    const port = Number(new URL(server.url).port);
    await expect(startServer(async () => ({ status: 200, headers: {}, body: "" }), port)).rejects.toThrow("EADDRINUSE");
  });

  test("closes when what it is answering is answered", async () => {
    const slow = await startServer(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { status: 200, headers: {}, body: "done" };
    }, 0);
    const answer = fetch(slow.url).then((response) => response.text());
    await new Promise((resolve) => setTimeout(resolve, 30));
    const closed = slow.close();
    expect(await answer).toBe("done");
    await closed;
    await expect(fetch(slow.url)).rejects.toThrow();
  });
});
