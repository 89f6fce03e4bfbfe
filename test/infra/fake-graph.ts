import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/*
 * Microsoft Graph as far as an app registration needs it, strict: what Graph refuses is refused here, what nobody expected
 * is an error. New objects are unknown to the first call that names them, as when Graph's copies lag behind.
 */

interface Scope {
  readonly id: string;
}
interface Client {
  readonly delegatedPermissionIds: readonly string[];
}
interface StoredApplication {
  readonly id: string;
  readonly appId: string;
  displayName: string;
  signInAudience: string;
  identifierUris: string[];
  appRoles: { id: string; value: string }[];
  groupMembershipClaims: string | null;
  spa?: { redirectUris: string[] };
  requiredResourceAccess?: { resourceAppId: string; resourceAccess: { id: string; type: string }[] }[];
  api: {
    requestedAccessTokenVersion: number | null;
    oauth2PermissionScopes: Scope[];
    preAuthorizedApplications: (Client & { readonly appId: string })[];
  };
}

export interface FakeGraph {
  readonly url: string;
  readonly applications: StoredApplication[];
  readonly principals: { id: string; appId: string }[];
  readonly assignments: { principalId: string; resourceId: string; appRoleId: string }[];
  /** Each call that changes something. */
  readonly writes: string[];
  close(): Promise<void>;
}

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function idOf(kind: string, number: number): string {
  return `${kind}0000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

export async function serveGraph(token: string): Promise<FakeGraph> {
  const applications: StoredApplication[] = [];
  const principals: FakeGraph["principals"] = [];
  const assignments: FakeGraph["assignments"] = [];
  const writes: string[] = [];
  const unknownYet = new Set<string>();

  function known(id: string, message: string): void {
    if (unknownYet.delete(id)) throw new Refusal(id.startsWith("a") ? 400 : 404, message);
  }

  function checkApi({ api }: StoredApplication): void {
    const scopes = api.oauth2PermissionScopes.map(({ id }) => id);
    const asked = api.preAuthorizedApplications.flatMap(({ delegatedPermissionIds }) => delegatedPermissionIds);
    if (!asked.every((id) => scopes.includes(id)))
      throw new Refusal(400, "Property has a permission that was not found.");
  }

  /** What Entra refuses as the address of a single-page application. */
  function checkSpa({ spa }: StoredApplication): void {
    for (const uri of spa?.redirectUris ?? []) {
      if (!/^(https:\/\/|http:\/\/localhost[:/])/.test(uri) || uri.includes("#"))
        throw new Refusal(400, `Invalid value specified for property 'redirectUris': ${uri}`);
    }
  }

  /** A combination is separated by commas (Graph, application resource: None, SecurityGroup, ApplicationGroup, DirectoryRole, All). */
  function checkGroups({ groupMembershipClaims }: StoredApplication): void {
    const words = (groupMembershipClaims ?? "None").split(",").map((word) => word.trim());
    const known = ["None", "SecurityGroup", "ApplicationGroup", "DirectoryRole", "All"];
    if (!words.every((word) => known.includes(word)))
      throw new Refusal(400, `Invalid value specified for property 'groupMembershipClaims' of resource 'Application'.`);
  }

  function answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>): unknown {
    const filter = /^(\w+) eq '(.*)'$/.exec(query.get("$filter") ?? "");
    const list = (all: readonly object[]) => ({
      value: all.filter((one) => (one as Record<string, unknown>)[filter?.[1] ?? ""] === filter?.[2]),
    });
    if (method === "GET" && path === "/applications") return list(applications);
    if (method === "GET" && path === "/servicePrincipals") return list(principals);
    const assigned = /^\/servicePrincipals\/([^/]+)\/appRoleAssignedTo$/.exec(path);
    if (method === "GET" && assigned) return pageOf(assigned[1] ?? "", Number(query.get("$skiptoken") ?? 0));
    if (method === "GET") throw new Refusal(500, `nobody expected GET ${path}`);
    writes.push(`${method} ${path}`);
    if (method === "POST" && path === "/applications") return makeApplication(body);
    if (method === "POST" && path === "/servicePrincipals") return makePrincipal(String(body.appId));
    if (method === "POST" && assigned)
      return assign(assigned[1] ?? "", body as unknown as FakeGraph["assignments"][number]);
    const patched = /^\/applications\/([^/]+)$/.exec(path);
    if (method === "PATCH" && patched) return patch(patched[1] ?? "", body);
    throw new Refusal(500, `nobody expected ${method} ${path}`);
  }

  /** Two at a time, to have a second page. */
  function pageOf(resourceId: string, from: number): object {
    const all = assignments.filter((one) => one.resourceId === resourceId);
    const next =
      from + 2 < all.length
        ? { "@odata.nextLink": `${url}/v1.0/servicePrincipals/${resourceId}/appRoleAssignedTo?$skiptoken=${from + 2}` }
        : {};
    return { value: all.slice(from, from + 2), ...next };
  }

  function makeApplication(body: Record<string, unknown>): StoredApplication {
    const number = applications.length + 1;
    const made = {
      id: idOf("b", number),
      appId: idOf("a", number),
      identifierUris: [],
      groupMembershipClaims: null,
      appRoles: [],
      api: { requestedAccessTokenVersion: null, oauth2PermissionScopes: [], preAuthorizedApplications: [] },
      ...body,
    } as unknown as StoredApplication;
    checkSpa(made);
    checkApi(made);
    checkGroups(made);
    applications.push(made);
    unknownYet.add(made.id).add(made.appId);
    return structuredClone(made);
  }

  function makePrincipal(appId: string): object {
    known(appId, `The appId '${appId}' of the service principal does not reference a valid application object.`);
    const made = { id: idOf("c", principals.length + 1), appId };
    principals.push(made);
    unknownYet.add(made.id);
    return made;
  }

  function assign(resourceId: string, body: FakeGraph["assignments"][number]): object {
    known(resourceId, `Resource '${resourceId}' does not exist.`);
    const roles = applications.find(
      ({ appId }) => appId === principals.find(({ id }) => id === resourceId)?.appId,
    )?.appRoles;
    if (!roles?.some(({ id }) => id === body.appRoleId))
      throw new Refusal(400, "Permission being assigned was not found on application");
    if (assignments.some((one) => one.principalId === body.principalId && one.appRoleId === body.appRoleId)) {
      throw new Refusal(400, "Permission being assigned already exists on the object");
    }
    assignments.push(body);
    return body;
  }

  function patch(id: string, body: Record<string, unknown>): null {
    known(id, `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`);
    const found = applications.find((one) => one.id === id);
    if (!found) throw new Refusal(404, `Resource '${id}' does not exist.`);
    const api = { ...found.api, ...((body.api as object | undefined) ?? {}) };
    Object.assign(found, body, { api });
    const ids = found.appRoles.map((role) => role.id);
    if (new Set(ids).size < ids.length) throw new Refusal(400, "Property appRoles has two with one id.");
    checkApi(found);
    checkGroups(found);
    checkSpa(found);
    return null;
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://graph");
      const send = (status: number, body: unknown) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(body === null ? "" : JSON.stringify(body));
      };
      if (request.headers.authorization !== `Bearer ${token}`)
        return send(401, { error: { code: "InvalidAuthenticationToken" } });
      try {
        const text = Buffer.concat(chunks).toString();
        const path = pathname.replace(/^\/v1\.0/, "");
        send(200, answer(request.method ?? "", path, searchParams, text === "" ? {} : JSON.parse(text)));
      } catch (error) {
        const { status, message } = error instanceof Refusal ? error : new Refusal(500, String(error));
        send(status, { error: { code: "Refused", message } });
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    applications,
    principals,
    assignments,
    writes,
    close: () => new Promise((done) => server.close(() => done())),
  };
}
