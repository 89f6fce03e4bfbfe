import { type ApiBase, composeApi } from "./compose.ts";
import { ok, type Result } from "./core/problem.ts";
import { askWithin } from "./http/ask-api.ts";
import { anonymousCaller, type Caller } from "./http/caller.ts";
import { systemClock } from "./local/clock.ts";
import type { McpHost } from "./mcp/ask-api.ts";
import type { Settings } from "./settings.ts";

/** What the tools of the Model Context Protocol stand on in this process. */
export async function composeMcpHost(
  settings: Settings,
  base: ApiBase,
  {
    person,
    howToDecide,
    onSurprise,
  }: {
    /** Whose terminal this is: the agent has their rights, but that of approving. */
    person: string;
    howToDecide: McpHost["howToDecide"];
    onSurprise: (error: unknown, requestId: string) => void;
  },
): Promise<Result<McpHost>> {
  const name = `an agent of ${person}`;
  const caller: Caller = { ...anonymousCaller, name, roles: new Set(["Rdp.Read", "Rdp.Repair"]) };
  const api = await composeApi(settings, base, { onSurprise, authenticate: async () => ({ ok: true, value: caller }) });
  if (!api.ok) return api;
  return ok({
    ask: askWithin(api.value, undefined),
    wait: (milliseconds) => systemClock.sleep(milliseconds),
    howToDecide,
  });
}
