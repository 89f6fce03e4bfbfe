import { ok, type Result } from "../lib/core/problem.ts";
import { readSettings } from "../lib/settings.ts";
import { createLocalHistory } from "./local-history.ts";
import type { Request } from "./request.ts";
import type { History } from "./runs-port.ts";

/** The stored runs that the request is about. */
export async function openHistory({ terminal }: Request): Promise<Result<History>> {
  const settings = readSettings(terminal.environment);
  return settings.ok ? ok(createLocalHistory(settings.value.database)) : settings;
}
