import type { ServiceClient } from "../lib/client/service-client.ts";
import { ok, type Result } from "../lib/core/problem.ts";
import { readSettings } from "../lib/settings.ts";
import { isServiceUrl } from "./config-file.ts";
import { refuse } from "./refuse.ts";
import type { Request } from "./request.ts";

/** `--service local` is this machine, whatever the profile says. */
const local = "local";

/** The URL of the service that the request goes to; `null`: the work is done in this process. */
export function serviceUrlOf({ options, profile }: Pick<Request, "options" | "profile">): Result<string | null> {
  const { service: given, sandbox } = options;
  if (given === local || sandbox !== undefined) {
    if (given === undefined || given === local) return ok(null);
    return refuse("Give --service or --sandbox, not both: a sandbox is on this machine.");
  }
  const url = given ?? profile.service;
  if (url === undefined) return ok(null);
  if (!isServiceUrl(url)) {
    return refuse(`--service ${url} must be an https URL; plain http is for this machine only. local is this machine.`);
  }
  return ok(url.replace(/\/+$/, ""));
}

/** A client of that service; `null`: the work is done in this process. */
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
