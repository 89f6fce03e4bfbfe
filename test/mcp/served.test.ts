import {
  Client,
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hashPlan } from "../../lib/core/plan.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { readWorld, type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";
import { type ServedApi, serveApi } from "../fixtures/served-api.ts";

/* The protocol's own client against the API, as `serve` offers it, before a simulated Azure. */

let service: SandboxService;
let api: ServedApi;
const open: Client[] = [];

beforeEach(async () => {
  service = await serveWorld(readWorld("enable-remote-desktop"), "modelled");
  api = await serveApi(service);
});
afterEach(async () => {
  for (const client of open.splice(0)) await client.close();
  await api.close();
  await service.close();
});

const vmId = () => service.sandbox.vms[0]?.id ?? "";

async function connect(who: keyof SandboxService["sandbox"]["clients"]): Promise<Client> {
  const client = new Client({ name: "a test", version: "1" });
  const token = await api.tokenOf(service.sandbox.clients[who]);
  await client.connect(
    new StreamableHTTPClientTransport(new URL("/api/mcp", api.url), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  );
  open.push(client);
  return client;
}

async function call(client: Client, name: string, args: Record<string, unknown>) {
  const { content, isError } = await client.callTool({ name, arguments: args });
  const [first] = content as { type: string; text: string }[];
  return { text: first?.text ?? "", isError: isError === true };
}

describe("an agent with the rights of a requester", () => {
  test("finds the tools, each with what it does to a VM", async () => {
    const { tools } = await (await connect("requester")).listTools();
    expect(tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint])).toEqual([
      ["explain_error", true],
      ["diagnose_vm", true],
      ["network_verdict", true],
      ["get_run", true],
      ["list_runs", true],
      ["propose_repair", false],
    ]);
  });

  test("diagnoses a VM, and reads the run again", async () => {
    const client = await connect("requester");
    const { text, isError } = await call(client, "diagnose_vm", { vm: vmId() });
    expect(isError).toBe(false);
    expect(text).toContain("rdp-is-enabled, faulty: <vm-text>");
    const [, id = ""] = /^Run (\S+):/.exec(text) ?? [];
    expect((await call(client, "get_run", { id })).text).toBe(text);
    expect((await call(client, "list_runs", {})).text).toContain(id);
  });

  test("explains an error without a VM", async () => {
    const { text } = await call(await connect("requester"), "explain_error", { error: "0x904, extended error 0x7" });
    expect(text).toMatch(/^Understood as 0x904\/0x7\./);
    expect(text).toMatch(/https:\/\/\S+/);
    expect(text).toContain("Likely causes");
  });

  test("asks Azure alone which clients reach the VM", async () => {
    const client = await connect("requester");
    const { text } = await call(client, "network_verdict", { vm: vmId(), sources: ["203.0.113.7"] });
    expect(text).toContain("Network:\n- <vm-text>");
    expect(service.sandbox.scriptRuns).toEqual([]);
  });

  test("gets a plan and no repair: a person approves it, and nobody else", async () => {
    const client = await connect("requester");
    const before = comparableState(service.sandbox.windows("vm-app-01").state);
    const { text, isError } = await call(client, "propose_repair", { vm: vmId() });
    expect(isError).toBe(false);
    expect(text).toContain("Nothing was changed. The plan waits for a person until ");
    expect(text).toMatch(
      /You cannot approve it\..* http:\/\/127\.0\.0\.1:\d+\/app\/#\/runs\/\S+, or with .* decide \S+ --service http:\/\/127\.0\.0\.1:\d+, .*Rdp\.Approve/,
    );
    expect(comparableState(service.sandbox.windows("vm-app-01").state)).toEqual(before);
    const [, id = ""] = /^Run (\S+):/.exec(text) ?? [];
    const run = await service.engine.get(id);
    if (!run.ok || !run.value.plan) throw new Error("the run has a plan");
    const decision = { approved: true, planHash: hashPlan(run.value.plan) };
    const own = await api.clientOf(service.sandbox.clients.requester);
    expect((await own(`/api/runs/${id}/decision`, decision)).status).toBe(403);
    const person = await api.clientOf(service.sandbox.clients.approver);
    expect((await person(`/api/runs/${id}/decision`, decision)).status).toBe(202);
    expect((await service.engine.settled(id)).outcome?.kind).toBe("repaired");
    expect((await call(client, "get_run", { id })).text).toContain("Changes that were made:\n- ");
  });

  test("returns at once when it should not wait, and names the run to ask for", async () => {
    const client = await connect("requester");
    const { text } = await call(client, "diagnose_vm", { vm: vmId(), waitSeconds: 0 });
    const [, id = ""] = /Not ended yet: ask get_run for (\S+)\./.exec(text) ?? [];
    await service.engine.settled(id);
    expect((await call(client, "get_run", { id })).text).toContain("rdp-is-enabled, faulty");
  });

  test.each([
    ["get_run", { id: "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d" }, /refused \(404\)/],
    ["diagnose_vm", { vm: "vm-app-01" }, /refused \(400\)/],
    ["propose_repair", { vm: "", remediations: ["all"] }, /vm/],
    ["propose_repair", { vm: "x", maximumRisk: "replaces-keys" }, /maximumRisk/],
    ["diagnose_vm", { vm: "x", mode: "repair" }, /mode/],
  ])("%s with %j says what is wrong", async (name, args, why) => {
    const { text, isError } = await call(await connect("requester"), name, args);
    expect(isError).toBe(true);
    expect(text).toMatch(why);
  });
});

test("an agent that may only read proposes nothing", async () => {
  const client = await connect("approver");
  const { text, isError } = await call(client, "propose_repair", { vm: vmId() });
  expect(isError).toBe(true);
  expect(text).toContain("refused (403)");
  expect((await call(client, "list_runs", {})).text).toBe("There are no runs.");
});

test("without a token nobody is told anything", async () => {
  const answer = await fetch(new URL("/api/mcp", api.url), { method: "POST", body: "{}" });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toContain("Bearer");
});

test("a program finds out from the 401 where its user signs in", async () => {
  const answer = await fetch(new URL("/api/mcp", api.url), { method: "POST", body: "{}" });
  const { resourceMetadataUrl } = extractWWWAuthenticateParams(answer);
  const metadata = await discoverOAuthProtectedResourceMetadata(new URL("/api/mcp", api.url), { resourceMetadataUrl });
  const { endpoint, tenantId } = service.sandbox;
  expect(metadata).toMatchObject({
    resource: `${api.url}/api/mcp`,
    authorization_servers: [`${endpoint}/${tenantId}/v2.0`],
    scopes_supported: [expect.stringMatching(/^api:\/\/[^/]+\/user_impersonation$/)],
  });
  // The client looks there when no response names it.
  expect(await discoverOAuthProtectedResourceMetadata(new URL("/api/mcp", api.url))).toEqual(metadata);
});

describe("over plain HTTP", () => {
  async function post(message: unknown): Promise<Response> {
    const authorization = `Bearer ${await api.tokenOf(service.sandbox.clients.requester)}`;
    return fetch(new URL("/api/mcp", api.url), {
      method: "POST",
      headers: {
        authorization,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify(message),
    });
  }

  test("a client of the protocol of 2025 is served as well", async () => {
    const params = {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "an older client", version: "1" },
    };
    const answer = await post({ jsonrpc: "2.0", id: 1, method: "initialize", params });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('"protocolVersion":"2025-06-18"');
  });

  test("a subscription, which would stay open, is refused", async () => {
    const answer = await post({ jsonrpc: "2.0", id: 7, method: "subscriptions/listen" });
    expect(await answer.json()).toMatchObject({ id: 7, error: { code: -32601 } });
  });

  test("what is no message is refused by name", async () => {
    const answer = await post({ jsonrpc: "1.0" });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("jsonrpc");
  });
});
