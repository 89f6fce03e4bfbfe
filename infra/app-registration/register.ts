import { isDeepStrictEqual } from "node:util";
import type { Graph } from "./graph.ts";
import { ensurePage } from "./register-page.ts";

/*
 * Leads the app registration of the API to the desired state, and writes only the difference. Nothing is ever removed: roles
 * and clients that others added stay.
 */

export interface AppRole {
  readonly id: string;
  readonly value: string;
}

export interface DesiredRegistration {
  readonly displayName: string;
  readonly appRoles: readonly AppRole[];
  /** App roles for principals: users, groups, service principals or managed identities, by object id. */
  readonly assignments: readonly { readonly role: string; readonly principalId: string }[];
  /** Addresses of the operator page (`pageAddress`); empty: the page is left as it is. */
  readonly pages?: readonly string[];
  /** Say what would be done, and do nothing. */
  readonly whatIf: boolean;
}

export interface Registered {
  /** `null` in a what-if of a registration that does not exist yet. */
  readonly apiClientId: string | null;
  readonly apiObjectId: string | null;
  /** `null` also when no page was asked for. */
  readonly pageClientId: string | null;
  /** What was done, or would be done with `whatIf`, one sentence each. */
  readonly steps: readonly string[];
}

/**
 * The application behind the secure webhooks of Azure Monitor. It has this id in every tenant.
 * https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups#secure-webhook
 */
export const alertSender = "461e8683-5575-4561-ac7f-899cc907d62a";
/** The Azure CLI, so that people get tokens for the API with `az account get-access-token`. */
const azureCli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
/** The delegated permission that the Azure CLI is pre-authorized for. Its id is ours, the same everywhere. */
const scopeId = "6e2b8f1c-90a4-4d9e-8a57-2f5c1b7d3e60";
const alertRole = "ActionGroupsSecureWebhook";
/**
 * Tokens then have the claim `groups`, by which access rules can name a group. `SecurityGroup` needs no licence; who is in more
 * than 200 groups has none in a token. https://learn.microsoft.com/graph/api/resources/application#properties
 */
const securityGroups = "SecurityGroup";
/** Each of these puts groups into tokens: a choice of the tenant's that stays. */
const withGroups = /\b(SecurityGroup|ApplicationGroup|All)\b/;

interface Application {
  readonly id: string;
  readonly appId: string;
  readonly identifierUris: readonly string[];
  readonly appRoles: readonly AppRole[];
  /** `null` or `None`: tokens name no groups. */
  readonly groupMembershipClaims?: string | null;
  readonly api: {
    readonly requestedAccessTokenVersion: number | null;
    readonly oauth2PermissionScopes: readonly { readonly id: string; readonly value: string }[];
    readonly preAuthorizedApplications: readonly {
      readonly appId: string;
      readonly delegatedPermissionIds: readonly string[];
    }[];
  };
}

/** Throws an error with what to do next when Graph refuses, or when the desired registration cannot be made. */
export async function registerApp(graph: Graph, desired: DesiredRegistration): Promise<Registered> {
  const steps: string[] = [];
  const write: Graph["write"] = async (method, path, body) => (desired.whatIf ? {} : graph.write(method, path, body));
  const application = await ensureApplication(graph, write, desired, steps);
  const own = application && (await ensurePrincipal(graph, write, application.appId, desired.displayName, steps));
  if (!application) steps.push(`Make its service principal, and that of Azure Monitor's webhook where it is missing.`);
  const sender = application
    ? await ensurePrincipal(graph, write, alertSender, "Azure Monitor's webhook", steps)
    : null;
  const assignments = [...(sender ? [{ role: alertRole, principalId: sender }] : []), ...desired.assignments];
  await ensureAssignments(graph, write, { own, roles: desired.appRoles, assignments }, steps);
  const pageClientId = await registerPage(graph, write, application, desired, steps);
  return { apiClientId: application?.appId ?? null, apiObjectId: application?.id ?? null, pageClientId, steps };
}

/** The page, with the permission of the API granted beforehand, so that nobody is asked for consent. */
async function registerPage(
  graph: Graph,
  write: Graph["write"],
  application: Application | null,
  { displayName, pages = [] }: DesiredRegistration,
  steps: string[],
): Promise<string | null> {
  if (pages.length === 0) return null;
  const name = `${displayName}-page`;
  const api = application && { appId: application.appId, scopeId: permissionOf(application.api) };
  const pageClientId = await ensurePage(graph, write, { displayName: name, addresses: pages, api }, steps);
  if (!application || !api || pageClientId === null) return pageClientId;
  await ensurePrincipal(graph, write, pageClientId, name, steps);
  const clients = application.api.preAuthorizedApplications;
  const isAuthorized = clients.some(
    ({ appId, delegatedPermissionIds }) => appId === pageClientId && delegatedPermissionIds.includes(api.scopeId),
  );
  if (!isAuthorized) {
    steps.push(`Let ${name} call the API without asking anybody for consent.`);
    const added = { appId: pageClientId, delegatedPermissionIds: [api.scopeId] };
    await write("PATCH", `/applications/${application.id}`, {
      api: { preAuthorizedApplications: [...clients, added] },
    });
  }
  return pageClientId;
}

/** The id of the delegated permission. */
function permissionOf({ oauth2PermissionScopes }: Application["api"]): string {
  return oauth2PermissionScopes.find(({ value }) => value === "user_impersonation")?.id ?? scopeId;
}

async function ensureApplication(
  graph: Graph,
  write: Graph["write"],
  desired: DesiredRegistration,
  steps: string[],
): Promise<Application | null> {
  const { displayName } = desired;
  const filter = encodeURIComponent(`displayName eq '${displayName.replaceAll("'", "''")}'`);
  const { value = [] } = (await graph.get(`/applications?$filter=${filter}`)) as { value?: Application[] };
  if (value.length > 1) {
    const ids = value.map(({ appId }) => appId).join(", ");
    throw new Error(
      `${value.length} app registrations are named ${displayName} (${ids}). Rename all but the one to keep, or give another --name.`,
    );
  }
  const [found] = value;
  if (found) return updateApplication(write, found, desired, steps);
  steps.push(
    `Make the app registration ${displayName}, with its app roles, access tokens of version 2 that name groups, and the Azure CLI as a client.`,
  );
  const made = (await write("POST", "/applications", {
    displayName,
    signInAudience: "AzureADMyOrg",
    appRoles: desired.appRoles,
    groupMembershipClaims: securityGroups,
    api: apiOf(undefined),
  })) as unknown as Application;
  if (desired.whatIf) return null;
  await write("PATCH", `/applications/${made.id}`, { identifierUris: [`api://${made.appId}`] });
  return made;
}

/**
 * Version 2 of the tokens: the sign-in in front of the app takes the issuer of version 2 alone. A client is authorized
 * beforehand only for a permission that exists, so the permission comes first.
 */
async function updateApplication(
  write: Graph["write"],
  found: Application,
  desired: DesiredRegistration,
  steps: string[],
): Promise<Application> {
  const path = `/applications/${found.id}`;
  const { api, appRoles, identifierUris } = found;
  const missing = desired.appRoles.filter(({ value }) => !appRoles.some((role) => role.value === value));
  const clash = missing.find(({ id }) => appRoles.some((role) => role.id === id));
  if (clash)
    throw new Error(
      `The id of the app role ${clash.value} belongs to another role of ${desired.displayName}. Remove that role first.`,
    );
  if (missing.length > 0) {
    steps.push(`Add the app roles ${missing.map(({ value }) => value).join(", ")}.`);
    await write("PATCH", path, { appRoles: [...appRoles, ...missing] });
  }
  const wanted = apiOf(api);
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(wanted)), pickApi(api))) {
    steps.push("Set access tokens to version 2, and let the Azure CLI ask for tokens.");
    const { preAuthorizedApplications: _, ...first } = wanted;
    await write("PATCH", path, { api: first });
    await write("PATCH", path, { api: wanted });
  }
  if (!withGroups.test(found.groupMembershipClaims ?? "")) {
    steps.push("Put security groups into access tokens, by which access rules can name them.");
    await write("PATCH", path, { groupMembershipClaims: withDirectoryRoles(found) });
  }
  const uri = `api://${found.appId}`;
  if (!identifierUris.includes(uri)) {
    steps.push(`Add the identifier ${uri}.`);
    await write("PATCH", path, { identifierUris: [...identifierUris, uri] });
  }
  return { ...found, api: wanted };
}

/** Directory roles that somebody has put into tokens stay there. */
function withDirectoryRoles({ groupMembershipClaims }: Application): string {
  return groupMembershipClaims === "DirectoryRole" ? `${securityGroups}, DirectoryRole` : securityGroups;
}

function pickApi({
  requestedAccessTokenVersion,
  oauth2PermissionScopes,
  preAuthorizedApplications,
}: Application["api"]) {
  return { requestedAccessTokenVersion, oauth2PermissionScopes, preAuthorizedApplications };
}

/** The API's part of the registration, with what others added to it. */
function apiOf(api: Application["api"] | undefined): Application["api"] {
  const scopes = api?.oauth2PermissionScopes ?? [];
  const clients = api?.preAuthorizedApplications ?? [];
  const scope = scopes.find(({ value }) => value === "user_impersonation");
  const id = scope?.id ?? scopeId;
  const isAuthorized = clients.some(
    ({ appId, delegatedPermissionIds }) => appId === azureCli && delegatedPermissionIds.includes(id),
  );
  return {
    requestedAccessTokenVersion: 2,
    oauth2PermissionScopes: scope ? scopes : [...scopes, impersonation],
    preAuthorizedApplications: isAuthorized ? clients : [...clients, { appId: azureCli, delegatedPermissionIds: [id] }],
  };
}

const impersonation = {
  id: scopeId,
  value: "user_impersonation",
  type: "User",
  isEnabled: true,
  adminConsentDisplayName: "Call RDP Remediation",
  adminConsentDescription:
    "Call the API as the person who signed in. What is allowed is decided by the person's app roles.",
  userConsentDisplayName: "Call RDP Remediation",
  userConsentDescription: "Call the API in your name. What is allowed is decided by your app roles.",
};

/** The object id of the application's service principal in this tenant; `null` when a what-if would make it. */
async function ensurePrincipal(
  graph: Graph,
  write: Graph["write"],
  appId: string,
  name: string,
  steps: string[],
): Promise<string | null> {
  const filter = encodeURIComponent(`appId eq '${appId}'`);
  const { value = [] } = (await graph.get(`/servicePrincipals?$filter=${filter}`)) as { value?: { id: string }[] };
  if (value[0]) return value[0].id;
  steps.push(`Make the service principal of ${name} (${appId}).`);
  const made = await write("POST", "/servicePrincipals", { appId });
  return typeof made.id === "string" ? made.id : null;
}

async function ensureAssignments(
  graph: Graph,
  write: Graph["write"],
  {
    own,
    roles,
    assignments,
  }: { own: string | null; roles: readonly AppRole[]; assignments: DesiredRegistration["assignments"] },
  steps: string[],
): Promise<void> {
  const held = own ? await allPages(graph, `/servicePrincipals/${own}/appRoleAssignedTo`) : [];
  for (const { role, principalId } of assignments) {
    const appRole = roles.find(({ value }) => value === role);
    if (!appRole)
      throw new Error(`There is no app role ${role}. Those are: ${roles.map(({ value }) => value).join(", ")}.`);
    if (held.some((one) => one.principalId === principalId && one.appRoleId === appRole.id)) continue;
    steps.push(`Assign ${role} to ${principalId}.`);
    if (own)
      await write("POST", `/servicePrincipals/${own}/appRoleAssignedTo`, {
        principalId,
        resourceId: own,
        appRoleId: appRole.id,
      });
  }
}

async function allPages(graph: Graph, path: string): Promise<{ principalId: string; appRoleId: string }[]> {
  const found: { principalId: string; appRoleId: string }[] = [];
  for (let next: string | null = path; next !== null; ) {
    const page: { value?: typeof found; "@odata.nextLink"?: string } = await graph.get(next);
    found.push(...(page.value ?? []));
    // The link is a whole URL; only its path within the same Graph is followed.
    next = page["@odata.nextLink"]?.replace(/^\w+:\/\/[^/]+\/v1\.0/, "") ?? null;
  }
  return found;
}
