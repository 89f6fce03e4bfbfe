import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerArm, type Call, type Front } from "./azure/arm.ts";
import type { Azure, ScriptRun } from "./azure/azure.ts";
import { type Budget, makeBudget } from "./azure/budget.ts";
import { makeFaults } from "./azure/faults.ts";
import { cloudMetadata } from "./azure/handlers/metadata.ts";
import type { Answer, HttpRequest } from "./azure/http.ts";
import { type Machine, makeMachines } from "./azure/machine.ts";
import { makeNetworkResources } from "./azure/network/network-resources.ts";
import { makeOperations } from "./azure/operations.ts";
import type { ReceivedAlert } from "./azure/received-alerts.ts";
import { makeRights, remediatorRights } from "./azure/rights.ts";
import { startServer } from "./azure/server.ts";
import { answerEntra } from "./azure/sign-in/entra.ts";
import { answerIdentity, identityPath } from "./azure/sign-in/managed-identity.ts";
import { apiResource, makeTokens, type Principal } from "./azure/sign-in/tokens.ts";
import { makeServerCertificate } from "./azure/tls/certificates.ts";
import { chooseGuest } from "./guest/choose-guest.ts";
import type { Guest } from "./guest/guest.ts";
import { realClock, type SandboxClock } from "./time/clock.ts";
import type { WindowsSimulator } from "./windows/simulator.ts";
import type { World } from "./world.ts";

export interface SandboxOptions {
  readonly world: World;
  /** 0, the default, is any free one. */
  readonly port?: number;
  /** `auto`: the real scripts under PowerShell 7 where there is one, else the model. */
  readonly guest?: "auto" | "modelled" | "pwsh" | Guest;
  /** The clock of this Azure and of the Windows in it; by default that of the machine. */
  readonly clock?: SandboxClock;
  /** Told one line for each thing that happens. */
  readonly log?: (line: string) => void;
}

export interface SandboxVm {
  readonly id: string;
  readonly name: string;
  readonly resourceGroup: string;
  readonly subscriptionId: string;
}

/** A running simulated Azure. */
export interface Sandbox {
  readonly world: World;
  /** ARM, Entra and the managed identity, all at one https address. */
  readonly endpoint: string;
  readonly caFile: string;
  readonly caPem: string;
  readonly guest: "modelled" | "pwsh";
  /** What a child process needs in its environment to take this for Azure. */
  readonly env: Readonly<Record<string, string>>;
  readonly tenantId: string;
  /** Signs in by client id and secret as the remediator, with the shipped role. */
  readonly remediator: Principal;
  /** Signs in by client id and secret as somebody who may do everything, to look around. */
  readonly operator: Principal;
  /** Sign in by client id and secret as callers of this product's own API; on ARM they may do nothing. */
  readonly clients: Readonly<Record<"requester" | "approver" | "actionGroup", Principal>>;
  readonly vms: readonly SandboxVm[];
  /** Every call of ARM so far. */
  readonly calls: readonly Call[];
  readonly scriptRuns: readonly ScriptRun[];
  /** Alerts that were told something, by lower-case resource id. */
  readonly alerts: ReadonlyMap<string, ReceivedAlert>;
  readonly budget: Pick<Budget, "exceeded">;
  /** Actions of the remediator's role that no call of the remediator needed so far. */
  unusedActions(): string[];
  /** The Windows inside a VM. @throws RangeError when there is no such VM or it runs no Windows. */
  windows(vmName: string): WindowsSimulator;
  close(): Promise<void>;
}

const tenantId = "00000000-0000-4000-8000-0000000000aa";

/**
 * Starts a simulated Azure for one world on 127.0.0.1. @throws Error when the port is taken or there is no such guest.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { port = 0, guest = "auto", clock = realClock, log = () => {} } = options;
  const now = () => clock.now();
  // Rules of its network come and go: the caller's world stays as it is.
  const world = structuredClone(options.world);
  const inside = typeof guest === "object" ? guest : chooseGuest(guest);
  const remediator = makePrincipal("remediator", "b");
  const operator = makePrincipal("operator", "c");
  const clients = {
    requester: makePrincipal("requester", "d", ["Rdp.Read", "Rdp.Repair"]),
    approver: makePrincipal("approver", "e", ["Rdp.Read", "Rdp.Approve"]),
    actionGroup: makePrincipal("action group", "f", ["ActionGroupsSecureWebhook"]),
  };
  const principals = [remediator, operator, ...Object.values(clients)];
  const rights = {
    remediator: remediatorRights(world.deny, world.roles),
    operator: makeRights(["*"]),
    others: makeRights([]),
  };
  const header = randomBytes(16).toString("hex");
  const certificate = makeServerCertificate(new Date());
  const closing = new AbortController();

  // What answers has to know the port, which is known only once the server listens; early callers wait.
  const answering = Promise.withResolvers<(request: HttpRequest) => Promise<Answer>>();
  const server = await startServer(certificate, port, (request) =>
    clock.hold(async () => (await answering.promise)(request)),
  );
  const origin = `https://127.0.0.1:${server.port}`;
  const tokens = await makeTokens({ origin, tenantId, principals, now });
  const azure: Azure = {
    world,
    origin,
    tenantId,
    machines: makeMachines(world, now),
    get network() {
      return makeNetworkResources(world);
    },
    operations: makeOperations(now),
    budget: makeBudget(now),
    guest: inside,
    scriptRuns: [],
    alerts: new Map(),
    closing: closing.signal,
    clock,
    now,
    log,
  };
  const front: Front = {
    azure,
    tokens,
    rightsOf: (principal) =>
      principal === remediator ? rights.remediator : principal === operator ? rights.operator : rights.others,
    nextFault: makeFaults(world.faults),
    calls: [],
  };
  answering.resolve(async (request) => {
    if (request.path === identityPath) return answerIdentity(request, { principal: remediator, header, tokens });
    if (request.path === "/metadata/endpoints") return cloudMetadata(request, origin, tenantId);
    const signIn = await answerEntra(request, { origin, tenantId, principals, tokens });
    if (signIn) return signIn;
    const answer = await answerArm(request, front);
    log(`${request.method} ${request.path} -> ${answer === "dropped" ? "dropped" : answer.status}`);
    await clock.charge(world.latencyMs, closing.signal);
    return answer;
  });

  const folder = mkdtempSync(join(tmpdir(), "rdp-sandbox-"));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, certificate.caPem);
  return {
    world,
    endpoint: origin,
    caFile,
    caPem: certificate.caPem,
    guest: inside.kind,
    env: environmentFor(origin, caFile, header, remediator),
    tenantId,
    remediator,
    operator,
    clients,
    vms: azure.machines.map(describeVm),
    calls: front.calls,
    scriptRuns: azure.scriptRuns,
    alerts: azure.alerts,
    budget: azure.budget,
    unusedActions: () => rights.remediator.unusedActions(),
    windows(vmName) {
      const machine = azure.machines.find((one) => one.name.toLowerCase() === vmName.toLowerCase());
      if (!machine?.windows) throw new RangeError(`No VM of this world is called ${vmName} and runs Windows.`);
      return machine.windows;
    },
    async close() {
      closing.abort();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function makePrincipal(name: string, digit: string, roles: readonly string[] = []): Principal {
  const id = (last: number) => `00000000-0000-4000-8000-0000000000${digit}${last}`;
  return { name, clientId: id(1), objectId: id(2), secret: randomBytes(24).toString("base64url"), roles };
}

function environmentFor(origin: string, caFile: string, header: string, { clientId }: Principal): Sandbox["env"] {
  return {
    NODE_EXTRA_CA_CERTS: caFile,
    IDENTITY_ENDPOINT: `${origin}${identityPath}`,
    IDENTITY_HEADER: header,
    AZURE_CLIENT_ID: clientId,
    AZURE_AUTHORITY_HOST: origin,
    RDP_REMEDIATION_ARM_ENDPOINT: origin,
    RDP_REMEDIATION_CREDENTIAL: "managed-identity",
    RDP_REMEDIATION_TENANT_ID: tenantId,
    RDP_REMEDIATION_AUDIENCES: apiResource,
    // A proxy that is set for the real Azure must not be asked for this one.
    NO_PROXY: [process.env.NO_PROXY, "127.0.0.1"].filter(Boolean).join(","),
  };
}

function describeVm({ id, name, resourceGroup, subscriptionId }: Machine): SandboxVm {
  return { id, name, resourceGroup, subscriptionId };
}
