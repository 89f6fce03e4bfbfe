import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerArm, type Call } from "./azure/arm.ts";
import type { Azure, ScriptRun } from "./azure/azure.ts";
import { type Budget, makeBudget } from "./azure/budget.ts";
import { makeServerCertificate } from "./azure/certificates.ts";
import { type Entra, makeEntra, type Principal } from "./azure/entra.ts";
import { makeFaults } from "./azure/faults.ts";
import { cloudMetadata } from "./azure/handlers/metadata.ts";
import { makeMachines } from "./azure/machine.ts";
import { makeNetworkResources } from "./azure/network-resources.ts";
import { makeOperations } from "./azure/operations.ts";
import { pause } from "./azure/pause.ts";
import { makeRights, remediatorRights } from "./azure/rights.ts";
import { serve } from "./azure/server.ts";
import { chooseGuest } from "./guest/choose-guest.ts";
import type { Guest } from "./guest/guest.ts";
import type { WindowsSimulator } from "./windows/simulator.ts";
import type { World } from "./world.ts";

export interface SandboxOptions {
  readonly world: World;
  /** 0, the default, is any free one. */
  readonly port?: number;
  /** `auto`: `pwsh` when it is on the PATH, else the model. */
  readonly guest?: "auto" | "modelled" | "pwsh" | Guest;
  /** The clock of this Azure and of the Windows in it. It may run fast; scripts take real seconds all the same. */
  readonly now?: () => Date;
  /** Told one line for each thing that happens. */
  readonly log?: (line: string) => void;
}

export interface SandboxVm {
  readonly id: string;
  readonly name: string;
  readonly resourceGroup: string;
  readonly subscriptionId: string;
}

/** A running pretend Azure. */
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
  readonly vms: readonly SandboxVm[];
  /** Every call of ARM so far. */
  readonly calls: readonly Call[];
  readonly scriptRuns: readonly ScriptRun[];
  readonly budget: Pick<Budget, "exceeded">;
  /** Actions of the remediator's role that no call of the remediator needed so far. */
  unusedActions(): string[];
  /** The Windows inside a VM. @throws RangeError when there is no such VM or it runs no Windows. */
  windows(vmName: string): WindowsSimulator;
  close(): Promise<void>;
}

const tenantId = "00000000-0000-4000-8000-0000000000aa";

/** Starts a pretend Azure for one world on 127.0.0.1. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { world, port = 0, guest = "auto", now = () => new Date(), log = () => {} } = options;
  const remediator = makePrincipal(
    "remediator",
    "00000000-0000-4000-8000-0000000000b1",
    "00000000-0000-4000-8000-0000000000b2",
  );
  const operator = makePrincipal(
    "operator",
    "00000000-0000-4000-8000-0000000000c1",
    "00000000-0000-4000-8000-0000000000c2",
  );
  const rights = { remediator: remediatorRights(world.deny), operator: makeRights(["*"]) };
  const identityHeader = randomBytes(16).toString("hex");
  const certificate = makeServerCertificate(new Date());
  const closing = new AbortController();
  const calls: Call[] = [];
  const nextFault = makeFaults(world.faults);
  const budget = makeBudget(now);

  // Both need the port, which is known only once the server listens; no request can come before that.
  let azure: Azure;
  let entra: Entra;
  const server = await serve(certificate, port, async (request) => {
    if (request.path === "/msi/token") return entra.handleIdentity(request, remediator, identityHeader);
    if (request.path === "/metadata/endpoints") return cloudMetadata(request, azure.origin, tenantId);
    const signIn = await entra.handle(request);
    if (signIn) return signIn;
    const rightsOf = (principal: Principal) => (principal === operator ? rights.operator : rights.remediator);
    const answer = await answerArm(request, { azure, entra, rightsOf, nextFault, calls });
    log(`${request.method} ${request.path} -> ${answer === "dropped" ? "dropped" : answer.status}`);
    await pause(world.latencyMs / 1000, closing.signal);
    return answer;
  });
  const origin = `https://127.0.0.1:${server.port}`;
  entra = await makeEntra({ origin, tenantId, principals: [remediator, operator], now });
  azure = {
    world,
    origin,
    tenantId,
    machines: makeMachines(world, now),
    network: makeNetworkResources(world),
    operations: makeOperations(now),
    budget,
    guest: typeof guest === "object" ? guest : chooseGuest(guest),
    scriptRuns: [],
    closing: closing.signal,
    now,
    log,
  };

  const folder = mkdtempSync(join(tmpdir(), "rdp-sandbox-"));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, certificate.caPem);

  return {
    world,
    endpoint: origin,
    caFile,
    caPem: certificate.caPem,
    guest: azure.guest.kind,
    env: {
      NODE_EXTRA_CA_CERTS: caFile,
      IDENTITY_ENDPOINT: `${origin}/msi/token`,
      IDENTITY_HEADER: identityHeader,
      AZURE_CLIENT_ID: remediator.clientId,
      AZURE_AUTHORITY_HOST: origin,
      RDP_REMEDIATION_ARM_ENDPOINT: origin,
      RDP_REMEDIATION_CREDENTIAL: "managed-identity",
      // A proxy that is set for the real Azure must not be asked for this one.
      NO_PROXY: [process.env.NO_PROXY, "127.0.0.1"].filter(Boolean).join(","),
    },
    tenantId,
    remediator,
    operator,
    vms: azure.machines.map(({ id, name, resourceGroup, subscriptionId }) => ({
      id,
      name,
      resourceGroup,
      subscriptionId,
    })),
    calls,
    scriptRuns: azure.scriptRuns,
    budget,
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

function makePrincipal(name: string, clientId: string, objectId: string): Principal {
  return { name, clientId, objectId, secret: randomBytes(24).toString("base64url") };
}
