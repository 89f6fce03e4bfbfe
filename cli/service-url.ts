import type { Result } from "../lib/core/problem.ts";
import { isServiceUrl } from "./config-file.ts";
import { refuse } from "./refuse.ts";
import type { Request } from "./request.ts";

/** `--service local` is this machine, whatever the profile says. */
const local = "local";

/** The URL of the service that the request goes to; `null`: the work is done in this process. */
export function serviceUrlOf({ options, profile }: Pick<Request, "options" | "profile">): Result<string | null> {
  const { service: given, sandbox } = options;
  if (given !== undefined && given !== local && sandbox !== undefined) {
    return refuse("Give --service or --sandbox, not both: a sandbox is on this machine.");
  }
  const url = given ?? profile.service;
  if (url === undefined || url === local || sandbox !== undefined) return { ok: true, value: null };
  if (!isServiceUrl(url)) {
    return refuse(`--service ${url} must be an https URL; plain http is for this machine only. local is this machine.`);
  }
  // `serve` and the documents name addresses below the service's own, such as .../api/runs.
  return { ok: true, value: url.replace(/(\/api(\/runs)?)?\/*$/, "") };
}
