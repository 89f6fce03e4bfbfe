import type { Principal } from "./azure/sign-in/tokens.ts";
import type { Sandbox } from "./sandbox.ts";

/** The addresses, ids and credentials for using a running sandbox; printed as one line of JSON. */
export interface Banner {
  readonly world: string;
  readonly guest: "modelled" | "pwsh";
  readonly endpoint: string;
  readonly caFile: string;
  readonly tenantId: string;
  /** ARM ids. */
  readonly vms: readonly string[];
  /** Environment variables for a program that uses an Azure SDK. */
  readonly env: Readonly<Record<string, string>>;
  /** Who may sign in, by client id and secret; `callers` have the app roles of this product's API, and no right on ARM. */
  readonly principals: Readonly<Record<"remediator" | "operator", Credentials>>;
  readonly callers: Readonly<Record<keyof Sandbox["clients"], Credentials>>;
  /** The secret with which a webhook to its receivers of notifications is signed. */
  readonly receivers: { readonly signingSecret: string };
  /** For the Azure CLI: its environment variables, and the commands to type in this order; the last is an example. */
  readonly az: { readonly env: Readonly<Record<string, string>>; readonly commands: readonly string[] };
}

interface Credentials {
  readonly clientId: string;
  readonly secret: string;
}

const cloud = "rdp-sandbox";

export function bannerOf(sandbox: Sandbox): Banner {
  const { world, endpoint, caFile, guest, tenantId, env, remediator, operator, clients, vms, receivers } = sandbox;
  const { requester, approver, actionGroup } = clients;
  return {
    world: world.name,
    guest,
    endpoint,
    caFile,
    tenantId,
    vms: vms.map(({ id }) => id),
    env,
    principals: { remediator: credentialsOf(remediator), operator: credentialsOf(operator) },
    callers: {
      requester: credentialsOf(requester),
      approver: credentialsOf(approver),
      actionGroup: credentialsOf(actionGroup),
    },
    receivers: { signingSecret: receivers.signingSecret },
    az: {
      // A separate configuration folder keeps the real clouds and sign-ins of this machine unchanged.
      env: { AZURE_CONFIG_DIR: `${caFile}.az`, REQUESTS_CA_BUNDLE: caFile },
      commands: [
        [
          `az cloud register --name ${cloud} --endpoint-resource-manager ${endpoint}`,
          // The AD FS form of the authority: az asks the public cloud about every other authority that it does not know.
          `--endpoint-active-directory ${endpoint}/adfs`,
          "--endpoint-active-directory-resource-id https://management.core.windows.net/",
          `--endpoint-active-directory-graph-resource-id ${endpoint}/`,
        ].join(" "),
        `az cloud set --name ${cloud}`,
        // The equals sign is needed because a secret may begin with a dash.
        `az login --service-principal --username ${operator.clientId} --password=${operator.secret} --tenant ${tenantId}`,
        `az vm get-instance-view --ids ${vms[0]?.id}`,
      ],
    },
  };
}

function credentialsOf({ clientId, secret }: Principal): Credentials {
  return { clientId, secret };
}
