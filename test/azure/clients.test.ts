import { once } from "node:events";
import type { RequestListener, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { gzipSync } from "node:zlib";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import { expect, onTestFinished, test } from "vitest";
import { createClients } from "../../lib/azure/clients.ts";
import { connectAzure } from "../../lib/azure/connect.ts";
import { makeServerCertificate } from "../../sandbox/azure/tls/certificates.ts";
import { credential, fakeArm, networkPath, vm, vmPath } from "./fake-arm.ts";

const restart = { [`POST ${vmPath}/restart`]: { status: 202 } };

function asked() {
  const scopes: (string | string[])[] = [];
  const counting: TokenCredential = {
    getToken: (scope, options) => {
      scopes.push(scope);
      return credential.getToken(scope, options);
    },
  };
  return { scopes, credential: counting };
}

test.each([
  [{}, "https://management.azure.com/", "https://management.azure.com/.default"],
  [{ endpoint: "https://arm.example:8443/" }, "https://arm.example:8443/", "https://arm.example:8443/.default"],
  [
    { endpoint: "https://127.0.0.1:9443", scope: "api://arm/.default" },
    "https://127.0.0.1:9443/",
    "api://arm/.default",
  ],
])("%j asks %s with a token for %s", async (where, address, scope) => {
  const arm = fakeArm(restart);
  const { scopes, credential } = asked();
  expect((await connectAzure({ ...where, credential, httpClient: arm }).power.restart(vm)).ok).toBe(true);
  expect(arm.calls[0]?.url.startsWith(`${address}subscriptions/`)).toBe(true);
  expect(arm.calls[0]?.headers.get("authorization")).toBe("Bearer test-token");
  expect(scopes.flat()).toEqual([scope]);
});

test("one token serves all subscriptions and both providers", async () => {
  const nic = `${networkPath}/networkInterfaces/nic-1`;
  const other = vmPath.replace(vm.subscriptionId, "00000000-0000-4000-8000-000000000002");
  const machine = {
    location: "westeurope",
    properties: {
      storageProfile: { osDisk: { osType: "Windows" } },
      networkProfile: { networkInterfaces: [{ id: nic }] },
    },
  };
  const arm = fakeArm({
    [`GET ${vmPath}?$expand=instanceView`]: { status: 200, body: machine },
    [`GET ${nic}`]: { status: 404 },
    [`POST ${other}/restart`]: { status: 202 },
  });
  const { scopes, credential } = asked();
  const azure = connectAzure({ credential, httpClient: arm });
  await azure.reader.read(vm);
  await azure.power.restart({ ...vm, subscriptionId: "00000000-0000-4000-8000-000000000002" });
  expect(arm.unused()).toEqual([]);
  expect(scopes.length).toBe(1);
});

test("an endpoint over which no token may travel is refused at once", () => {
  expect(() => connectAzure({ credential, endpoint: "http://127.0.0.1:9080" })).toThrow(TypeError);
});

test("a credential that finds nobody is a failed sign-in, and Azure is not asked", async () => {
  const nobody: TokenCredential = {
    getToken: () => Promise.reject(Object.assign(new Error("None worked."), { name: "AggregateAuthenticationError" })),
  };
  const azure = connectAzure({ credential: nobody, httpClient: fakeArm({}) });
  expect(await azure.reader.read(vm)).toMatchObject({ ok: false, problem: { code: "sign-in-failed" } });
});

test("an answer that does not come is given up, and a slow sign-in is not", async () => {
  const slow: TokenCredential = {
    async getToken(...given) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return credential.getToken(...given);
    },
  };
  let calls = 0;
  const silent: HttpClient = {
    sendRequest: (request) => {
      calls += 1;
      return new Promise((_, reject) =>
        request.abortSignal?.addEventListener("abort", () => reject(new Error("Aborted"))),
      );
    },
  };
  const restarted = await connectAzure({ credential: slow, httpClient: silent, answerWithinMs: 20 }).power.restart(vm);
  expect(restarted).toMatchObject({ ok: false, problem: { code: "azure-unavailable", retryable: true } });
  expect(calls).toBe(1);
});

/** A server that this process trusts, for one test. */
async function serve(answer: RequestListener): Promise<{ server: Server; endpoint: string }> {
  const { caPem, certificatePem, keyPem } = makeServerCertificate(new Date());
  const server = createServer({ cert: certificatePem, key: keyPem }, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  setDefaultCACertificates([...getCACertificates("bundled"), caPem]);
  return { server, endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

// A connection for each would be kept open by both sides, with what it has carried, until one of them closes it.
test("requests share connections, whichever client sends them and whether there is an SDK for them", async () => {
  const { server, endpoint } = await serve((_, response) => {
    response.writeHead(200, { "content-type": "application/json", "x-ms-request-id": "1" });
    response.end('{"value":[]}');
  });
  let connections = 0;
  server.on("secureConnection", () => {
    connections += 1;
  });
  const clients = createClients({ credential, endpoint });
  for (const subscription of ["a", "b", "a", "b"]) {
    await clients.get("/subscriptions", { "api-version": "2022-12-01" });
    await clients.compute(subscription).virtualMachines.listAll().next();
    await clients.network(subscription).networkInterfaces.listAll().next();
    await clients.post("/providers/x/y", { "api-version": "2022-12-01" }, {});
  }
  expect(connections).toBe(1);
});

/** Answers the head and the first bytes of a body, compressed when the client takes that; then does `next`. */
async function halfAnswer(next: (response: ServerResponse) => void): Promise<string> {
  const { endpoint } = await serve((request, response) => {
    const compressed = String(request.headers["accept-encoding"]).includes("gzip");
    const start = Buffer.from('{ "location": "west');
    response.writeHead(200, { "content-type": "application/json", ...(compressed && { "content-encoding": "gzip" }) });
    response.write(compressed ? gzipSync(start).subarray(0, -8) : start, () => next(response));
  });
  return endpoint;
}

test.each([
  ["breaks off", (response: ServerResponse) => response.destroy()],
  ["stalls", () => {}],
])("an answer that %s in its midst is given up", async (_, next) => {
  const endpoint = await halfAnswer(next);
  const { reader } = connectAzure({ credential, endpoint, answerWithinMs: 300 });
  expect(await reader.read(vm)).toMatchObject({ ok: false, problem: { code: "azure-unavailable", retryable: true } });
});
