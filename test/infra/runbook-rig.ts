import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { composeApi } from "../../lib/compose.ts";
import type { Api } from "../../lib/http/api.ts";
import type { ApiRequest, ApiResponse } from "../../lib/http/api-message.ts";
import { startServer } from "../../lib/local/server.ts";
import { readSettings } from "../../lib/settings.ts";
import type { Principal } from "../../sandbox/azure/sign-in/tokens.ts";
import { makeServerCertificate } from "../../sandbox/azure/tls/certificates.ts";
import { bannerOf } from "../../sandbox/banner.ts";
import { readWorld, serveWorld } from "../fixtures/sandbox-service.ts";

export const repository = fileURLToPath(new URL("../../", import.meta.url));

/** What happens to one request on its way, instead of being answered. */
export type Mishap = (request: ApiRequest, answer: Api) => Promise<ApiResponse>;

export type Rig = Awaited<ReturnType<typeof openRig>>;

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * A sandbox's service as `serve` serves it, with alerts that may repair, on a road with mishaps, and an endpoint that
 * hands out tokens as App Service and Azure Automation do. So that nobody waits for long, it says 1 wherever the
 * service says to come back in 5 or 30 seconds.
 */
export async function openRig(world: string) {
  const service = await serveWorld(readWorld(world), "modelled");
  const { env, clients, endpoint, tenantId, vms } = service.sandbox;
  const alerts = {
    RDP_REMEDIATION_ALERT_SCOPES: `/subscriptions/${vms[0]?.subscriptionId}`,
    RDP_REMEDIATION_ALERT_UNTAGGED: "repair",
  };
  const settings = readSettings({ ...env, ...alerts });
  if (!settings.ok) throw new Error(settings.problem.message);
  const surprises: unknown[] = [];
  const onSurprise = (error: unknown) => void surprises.push(error);
  const api = await composeApi(settings.value, service, { clock: service.clock, onSurprise });
  if (!api.ok) throw new Error(api.problem.message);
  const inner = api.value;

  const requests: (ApiRequest & { readonly at: number })[] = [];
  const mishaps: Mishap[] = [];
  const road: Api = async (request) => {
    // What a token must be for is asked without one, and is no part of any story.
    if (request.headers.authorization === undefined) return inner(request);
    requests.push({ ...request, at: performance.now() });
    const answer = await (mishaps.shift()?.(request, inner) ?? inner(request));
    const hurried = ["5", "30"].includes(answer.headers["retry-after"] ?? "") && { "retry-after": "1" };
    return { ...answer, headers: { ...answer.headers, ...hurried } };
  };
  let server = await startServer(road, 0);
  const { url } = server;
  const secure = await openSecureDoor(url, service.sandbox.caPem);

  async function tokenOf({ clientId, secret }: Principal): Promise<string> {
    const form = { grant_type: "client_credentials", client_id: clientId, client_secret: secret };
    const body = new URLSearchParams({ ...form, scope: `${env.RDP_REMEDIATION_AUDIENCES}/.default` });
    const answer = await fetch(`${endpoint}/${tenantId}/oauth2/v2.0/token`, { method: "POST", body });
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  const identity = createServer(async ({ url: path = "", headers }, outgoing) => {
    const query = new URL(path, "http://identity").searchParams;
    const known =
      headers["x-identity-header"] === "the-header" &&
      query.get("api-version") === "2019-08-01" &&
      query.get("resource") === env.RDP_REMEDIATION_AUDIENCES;
    outgoing.writeHead(known ? 200 : 400, { "content-type": "application/json" });
    outgoing.end(JSON.stringify(known ? { access_token: await tokenOf(clients.requester) } : {}));
  }).listen(0, "127.0.0.1");
  await once(identity, "listening");

  return {
    url,
    /** The same over TLS, for clients that are told to trust `caFile`. */
    secureUrl: secure.url,
    caFile: secure.caFile,
    sandbox: service.sandbox,
    vm: vms[0]?.id ?? "",
    engine: service.engine,
    clients,
    tokenOf,
    requests,
    /** What becomes of the next requests, one after the other. */
    mishaps,
    /** The environment of a runbook that has a managed identity. */
    identity: {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${(identity.address() as AddressInfo).port}/msi/token`,
      IDENTITY_HEADER: "the-header",
    },
    /** Is away for some seconds: connections are refused. */
    async restart(): Promise<void> {
      await server.close();
      await new Promise((resolve) => setTimeout(resolve, 4000));
      server = await startServer(road, Number(new URL(url).port));
    },
    async close(): Promise<unknown[]> {
      secure.close();
      await server.close();
      identity.close();
      await service.close();
      return surprises;
    },
  };
}

/** TLS in front of a server, as a Functions app has it. Its authority and `otherCa` are in one file. */
async function openSecureDoor(to: string, otherCa: string) {
  const { certificatePem, keyPem, caPem } = makeServerCertificate(new Date());
  const door = createSecureServer({ cert: certificatePem, key: keyPem }, (incoming, outgoing) => {
    const { method, headers } = incoming;
    const onwards = request(new URL(incoming.url ?? "/", to), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onwards.on("error", () => outgoing.destroy());
    incoming.pipe(onwards);
  }).listen(0, "127.0.0.1");
  await once(door, "listening");
  const folder = mkdtempSync(join(tmpdir(), "runbook-"));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, `${caPem}\n${otherCa}`);
  return {
    url: `https://127.0.0.1:${(door.address() as AddressInfo).port}`,
    caFile,
    close() {
      door.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Signs the Azure CLI in to the rig's tenant. Returns the environment in which it is, in a folder of the caller's. */
export async function azLogin({ sandbox, caFile }: Rig, folder: string): Promise<Record<string, string>> {
  const { clientId, secret } = sandbox.clients.requester;
  const env = { AZURE_CONFIG_DIR: folder, REQUESTS_CA_BUNDLE: caFile, AZURE_CORE_COLLECT_TELEMETRY: "no" };
  for (const command of bannerOf(sandbox).az.commands.slice(0, 2)) {
    const { code, err } = await run(["sh", "-c", command], env);
    if (code !== 0) throw new Error(err);
  }
  const login = ["az", "login", "--service-principal", "--allow-no-subscriptions", "--username", clientId];
  const { code, err } = await run([...login, `--password=${secret}`, "--tenant", sandbox.tenantId], env);
  if (code !== 0) throw new Error(err);
  return env;
}

/** Runs a command in the root of the repository, with an environment that leads to nothing else. */
export async function run([program = "", ...args]: readonly string[], env: Record<string, string>): Promise<Ended> {
  const { PATH = "", HOME = "", DOTNET_TieredPGO = "0" } = process.env;
  const quiet = { NO_PROXY: "*", NO_COLOR: "1", POWERSHELL_TELEMETRY_OPTOUT: "1", POWERSHELL_UPDATECHECK: "Off" };
  const child = spawn(program, args, { cwd: repository, env: { PATH, HOME, DOTNET_TieredPGO, ...quiet, ...env } });
  child.stdin.end();
  let out = "";
  let err = "";
  child.stdout.on("data", (text) => {
    out += text;
  });
  child.stderr.on("data", (text) => {
    err += text;
  });
  const [code] = await once(child, "close");
  return { code, out, err };
}
