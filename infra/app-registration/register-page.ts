import type { Graph } from "./graph.ts";

/*
 * The app registration of the operator page: a public client of its own (a single-page application), which may ask for the
 * delegated permission of the API in the name of the person who signed in, and for nothing else.
 */

interface PageApplication {
  readonly id: string;
  readonly appId: string;
  readonly spa?: { readonly redirectUris: readonly string[] };
  readonly requiredResourceAccess?: readonly ResourceAccess[];
}

interface ResourceAccess {
  readonly resourceAppId: string;
  readonly resourceAccess: readonly { readonly id: string; readonly type: string }[];
}

/** The API for which the page asks for tokens. */
export interface PageApi {
  readonly appId: string;
  /** The id of its delegated permission. */
  readonly scopeId: string;
}

/**
 * The address of the page of a service, where Microsoft Entra ID sends people back to.
 * @throws Error when Microsoft Entra ID would refuse the address
 */
export function pageAddress(service: string): string {
  const url = URL.parse(service);
  const isLocal = url?.protocol === "http:" && url.hostname === "localhost";
  if (!url || (url.protocol !== "https:" && !isLocal)) {
    throw new Error(`--page ${service}: give the URL of the service, with https; http only for http://localhost:PORT.`);
  }
  const path = url.pathname.replace(/\/+$/, "").replace(/\/app$/, "");
  return `${url.origin}${path}/app/`;
}

/**
 * Leads the registration of the page to the desired state, and writes only the difference; addresses that others added
 * stay. Returns its client id; `null` in a what-if of one that does not exist. `api`: `null` in a what-if without an API.
 */
export async function ensurePage(
  graph: Graph,
  write: Graph["write"],
  { displayName, addresses, api }: { displayName: string; addresses: readonly string[]; api: PageApi | null },
  steps: string[],
): Promise<string | null> {
  const filter = encodeURIComponent(`displayName eq '${displayName.replaceAll("'", "''")}'`);
  const { value = [] } = (await graph.get(`/applications?$filter=${filter}`)) as { value?: PageApplication[] };
  const [found, another] = value;
  if (another) {
    const ids = value.map(({ appId }) => appId).join(", ");
    throw new Error(
      `${value.length} app registrations are named ${displayName} (${ids}). Rename all but the one to keep.`,
    );
  }
  const access = api && { resourceAppId: api.appId, resourceAccess: [{ id: api.scopeId, type: "Scope" }] };
  if (!found) {
    steps.push(`Make the app registration ${displayName} of the operator page at ${addresses.join(", ")}.`);
    const made = await write("POST", "/applications", {
      displayName,
      signInAudience: "AzureADMyOrg",
      spa: { redirectUris: addresses },
      ...(access && { requiredResourceAccess: [access] }),
    });
    return typeof made.appId === "string" ? made.appId : null;
  }
  const path = `/applications/${found.id}`;
  const known = found.spa?.redirectUris ?? [];
  const missing = addresses.filter((one) => !known.includes(one));
  if (missing.length > 0) {
    steps.push(`Let people come back to ${missing.join(", ")} after their sign-in.`);
    await write("PATCH", path, { spa: { redirectUris: [...known, ...missing] } });
  }
  const asked = found.requiredResourceAccess ?? [];
  if (access && !asked.some(({ resourceAppId }) => resourceAppId === access.resourceAppId)) {
    steps.push(`Let ${displayName} ask for the permission of the API.`);
    await write("PATCH", path, { requiredResourceAccess: [...asked, access] });
  }
  return found.appId;
}
