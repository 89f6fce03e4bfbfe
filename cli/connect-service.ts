import type { ServiceClient } from "../lib/client/service-client.ts";
import { ok, type Result } from "../lib/core/problem.ts";
import { readSettings } from "../lib/settings.ts";
import type { Request } from "./request.ts";
import { serviceUrlOf } from "./service-url.ts";

/** A client of the service that the request goes to; `null`: the work is done in this process. */
export async function connectService(request: Request): Promise<Result<ServiceClient | null>> {
  const url = serviceUrlOf(request);
  if (!url.ok || url.value === null) return url.ok ? ok(null) : url;
  const { environment } = request.terminal;
  const settings = readSettings(environment);
  if (!settings.ok) return settings;
  const { composeClient } = await import("../lib/compose-client.ts");
  const token = environment.RDP_REMEDIATION_TOKEN;
  const given = token ? { token, expiresOn: Number.POSITIVE_INFINITY } : null;
  return ok(composeClient(settings.value, url.value, given));
}
