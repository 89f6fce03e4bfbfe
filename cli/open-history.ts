import { ok, type Result } from "../lib/core/problem.ts";
import { readSettings } from "../lib/settings.ts";
import { serviceUrlOf } from "./connect-service.ts";
import { createLocalHistory } from "./local-history.ts";
import type { Request } from "./request.ts";
import type { History } from "./runs-port.ts";

/** The stored runs that the request is about: those of a service, or of this machine. */
export async function openHistory(request: Request): Promise<Result<History>> {
  const url = serviceUrlOf(request);
  if (!url.ok) return url;
  if (url.value !== null) {
    const { connectService } = await import("./connect-service.ts");
    const client = await connectService(request);
    if (!client.ok) return client;
    if (client.value) return ok((await import("./service-history.ts")).createServiceHistory(client.value));
  }
  const settings = readSettings(request.terminal.environment);
  return settings.ok ? ok(createLocalHistory(settings.value.database)) : settings;
}
