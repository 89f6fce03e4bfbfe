import type { Result } from "../lib/core/problem.ts";
import { databasePath } from "./database-path.ts";
import { createLocalHistory } from "./local-history.ts";
import type { Request } from "./request.ts";
import type { History } from "./runs-port.ts";
import { serviceUrlOf } from "./service-url.ts";

/** The stored runs that the request is about: those of a service, or of this machine. */
export async function openHistory(request: Request): Promise<Result<History>> {
  const url = serviceUrlOf(request);
  if (!url.ok) return url;
  if (url.value !== null) {
    const { connectService } = await import("./connect-service.ts");
    const client = await connectService(request);
    if (!client.ok) return client;
    if (client.value) {
      const { createServiceHistory } = await import("./service-history.ts");
      return { ok: true, value: createServiceHistory(client.value) };
    }
  }
  return { ok: true, value: createLocalHistory(databasePath(request.terminal.environment)) };
}
