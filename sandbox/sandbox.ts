import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerArm, type Call, type Front } from "./azure/arm.ts";
import type { Azure, ScriptRun } from "./azure/azure.ts";
import { type Budget, makeBudget } from "./azure/budget.ts";
import { armResourcesOf } from "./azure/cloud.ts";
import { makeFaults } from "./azure/faults.ts";
import { cloudMetadata } from "./azure/handlers/metadata.ts";
import type { Answer, HttpRequest } from "./azure/http.ts";
import { type Machine, makeMachines } from "./azure/machine.ts";
import { moveMachine, reimageMachine, replaceMachine } from "./azure/machine-events.ts";
import { makeNetworkResources } from "./azure/network/network-resources.ts";
import { makeOperations } from "./azure/operations.ts";
import type { ReceivedAlert } from "./azure/received-alerts.ts";
import { makeQuota } from "./azure/resource-graph/quota.ts";
import { makeRights, remediatorRights, rightsOfRoles } from "./azure/rights.ts";
import { startServer } from "./azure/server.ts";
import { makeGrants, type PageClient } from "./azure/sign-in/authorize.ts";
import { answerEntra } from "./azure/sign-in/entra.ts";
import { answerIdentity, identityPath } from "./azure/sign-in/managed-identity.ts";
import { persons } from "./azure/sign-in/persons.ts";
import { apiResource, makeTokens, type Principal } from "./azure/sign-in/tokens.ts";
import { makeServerCertificate } from "./azure/tls/certificates.ts";
import { chooseGuest } from "./guest/choose-guest.ts";
import type { Guest } from "./guest/guest.ts";
import { createReceivers, mailResource, type Receivers } from "./receivers/receivers.ts";
import { realClock, type SandboxClock } from "./time/clock.ts";
import type { WindowsSimulator } from "./windows/simulator.ts";
import type { World, WorldFault } from "./world.ts";

export interface SandboxOptions {
  readonly world: World;
  /** 0, the default, means any free port. */
  readonly port?: number;
  /** `auto`: the real scripts when PowerShell 7 is installed, else the model. */
  readonly guest?: "auto" | "modelled" | "pwsh" | Guest;
  /** The clock of this Azure and of its Windows VMs; by default that of the machine. */
  readonly clock?: SandboxClock;
  /** Gets one line for each event. */
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
  /** The https address of ARM, Entra and the managed identity. */
  readonly endpoint: string;
  readonly caFile: string;
  readonly caPem: string;
  readonly guest: "modelled" | "pwsh";
  /** Environment variables that make a child process use this sandbox as Azure. */
  readonly env: Readonly<Record<string, string>>;
  readonly tenantId: string;
  /** Client id and secret of the remediator, which has the shipped role. */
  readonly remediator: Principal;
  /** Client id and secret of a principal with all rights, for inspection. */
  readonly operator: Principal;
  /** The persons who may sign in with a browser. */
  readonly persons: typeof persons;
  /** Registers an address of the operator page, to which sign-ins may lead back: exactly this one. */
  registerPage(redirectUri: string): void;
  /** Client ids and secrets of callers of this product's own API. They have no rights on ARM. */
  readonly clients: Readonly<Record<"requester" | "approver" | "actionGroup", Principal>>;
  readonly vms: readonly SandboxVm[];
  /** All calls of ARM so far. */
  readonly calls: readonly Call[];
  readonly scriptRuns: readonly ScriptRun[];
  /** Alerts that received a comment or a state, by lower-case resource id. */
  readonly alerts: ReadonlyMap<string, ReceivedAlert>;
  /** Receivers of notifications, and what they received. */
  readonly receivers: Pick<Receivers, "received" | "signingSecret" | "answerWith">;
  readonly budget: Pick<Budget, "exceeded">;
  /** Actions of the remediator's role that none of its calls has needed so far. */
  unusedActions(): string[];
  /** From now on, calls of ARM meet this fault too. */
  disturb(fault: WorldFault): void;
  /** The simulated Windows of a VM. @throws RangeError when there is no such VM or it does not run Windows. */
  windows(vmName: string): WindowsSimulator;
  /**
   * Deletes a machine, and makes another one under the same resource id, from the same image: as a scale set does that uses a
   * number again. @throws RangeError when there is no such VM
   */
  replace(vmName: string): void;
  /** Gives a machine a new disk from its image; it stays the same machine. @throws RangeError when there is no such VM */
  reimage(vmName: string): void;
  /** Moves a VM to another resource group, which gives it another id. @throws RangeError when there is no such VM */
  move(vmName: string, resourceGroup: string): void;
  close(): Promise<void>;
}

const tenantId = "00000000-0000-4000-8000-0000000000aa";
/** The registration of the operator page in this tenant. */
const pageClientId = "00000000-0000-4000-8000-0000000000a2";

/**
 * Starts a simulated Azure for one world on 127.0.0.1. @throws Error when the port is in use or the guest is missing.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { port = 0, guest = "auto", clock = realClock, log = () => {} } = options;
  const now = () => clock.now();
  // A copy: network rules are changed at run time, and the caller's world must stay unchanged.
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
    remediator: world.assignments
      ? rightsOfRoles(world.assignments, world.deny)
      : remediatorRights(world.deny, world.roles),
    operator: makeRights([{ actions: ["*"] }]),
    others: makeRights([]),
  };
  const header = randomBytes(16).toString("hex");
  const certificate = makeServerCertificate(new Date());
  const closing = new AbortController();

  // The request handler needs the port, which is known only when the server listens; early requests wait for it.
  const answering = Promise.withResolvers<(request: HttpRequest) => Promise<Answer>>();
  const server = await startServer(certificate, port, (request) =>
    clock.hold(async () => (await answering.promise)(request)),
  );
  const origin = `https://127.0.0.1:${server.port}`;
  const tokens = await makeTokens({
    origin,
    tenantId,
    principals,
    armResources: armResourcesOf[world.cloud],
    others: [mailResource],
    now,
  });
  const receivers = createReceivers({
    now,
    authenticate: (authorization) => tokens.authenticate(authorization, mailResource),
    log,
  });
  const azure: Azure = {
    world,
    origin,
    tenantId,
    machines: makeMachines(world, now),
    assignments: (world.assignments ?? ["remediator", ...world.roles].map((role) => ({ role, scope: "/" }))).map(
      ({ role, scope }) => ({ role, scope, principalId: remediator.objectId }),
    ),
    get network() {
      return makeNetworkResources(world);
    },
    operations: makeOperations(now),
    budget: makeBudget(now),
    resourceGraphQuota: makeQuota(now),
    guest: inside,
    scriptRuns: [],
    alerts: new Map(),
    closing: closing.signal,
    clock,
    now,
    log,
  };
  const page: PageClient = { clientId: pageClientId, redirectUris: new Set() };
  const entra = {
    origin,
    tenantId,
    principals,
    tokens,
    world: world.name,
    clients: [page],
    grants: makeGrants(now),
  };
  const faults = makeFaults(world.faults);
  const front: Front = {
    azure,
    tokens,
    rightsOf: (principal) =>
      principal === remediator ? rights.remediator : principal === operator ? rights.operator : rights.others,
    nextFault: faults.next,
    calls: [],
  };
  answering.resolve(async (request) => {
    if (request.path === identityPath) return answerIdentity(request, { principal: remediator, header, tokens });
    if (request.path === "/metadata/endpoints") return cloudMetadata(request, { origin, tenantId, cloud: world.cloud });
    const signIn = await answerEntra(request, entra);
    if (signIn) return signIn;
    const receipt = await receivers.answer(request);
    if (receipt) return receipt;
    const answer = await answerArm(request, front);
    log(`${request.method} ${request.path} -> ${typeof answer === "string" ? answer : answer.status}`);
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
    persons,
    registerPage: (redirectUri) => void page.redirectUris.add(redirectUri),
    clients,
    vms: azure.machines.map(describeVm),
    calls: front.calls,
    scriptRuns: azure.scriptRuns,
    alerts: azure.alerts,
    receivers,
    budget: azure.budget,
    disturb: (fault) => faults.add(fault),
    unusedActions: () => rights.remediator.unusedActions(),
    windows(vmName) {
      const machine = azure.machines.find((one) => one.name.toLowerCase() === vmName.toLowerCase());
      if (!machine?.windows) throw new RangeError(`No VM of this world is called ${vmName} and runs Windows.`);
      return machine.windows;
    },
    replace: (vmName) => replaceMachine(azure, vmName),
    reimage: (vmName) => reimageMachine(azure, vmName),
    move: (vmName, resourceGroup) => moveMachine(azure, vmName, resourceGroup),
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
    RDP_REMEDIATION_PAGE_CLIENT_ID: pageClientId,
    // A proxy that is configured for the real Azure must not be used for the sandbox.
    NO_PROXY: [process.env.NO_PROXY, "127.0.0.1"].filter(Boolean).join(","),
  };
}

function describeVm({ id, name, resourceGroup, subscriptionId }: Machine): SandboxVm {
  return { id, name, resourceGroup, subscriptionId };
}
