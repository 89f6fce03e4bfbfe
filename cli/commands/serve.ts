import { composeApi } from "../../lib/compose.ts";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { systemClock } from "../../lib/local/clock.ts";
import { type LocalServer, startServer } from "../../lib/local/server.ts";
import { sweepEveryMs } from "../../lib/runs/timing.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { waitForAbort } from "../local-runs.ts";
import { cleanText } from "../render/clean.ts";
import type { Layout } from "../render/layout.ts";
import { renderCommand, renderSection } from "../render/section.ts";
import { wrapText } from "../render/wrap.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { type OpenSession, withService } from "../session.ts";

/** Serves the HTTP API for the runs stored on this machine until it is stopped. */
export async function serve(request: Request): Promise<Result<Report>> {
  const { err, stopped } = request.terminal;
  return withService(
    request,
    () => {},
    async (opened) => {
      const server = await listen(request, opened);
      if (!server.ok) return server;
      const { url } = server.value;
      const lines = [
        `Serving at ${url}. Ctrl-C stops it.`,
        ...pageLines(url, opened, err.layout),
        ...howToCall(url, opened, request.terminal),
      ];
      err.write(`${lines.join("\n")}\n`);
      const swept = sweepUntil(stopped, opened.local, request.terminal);
      await waitForAbort(stopped);
      await server.value.close();
      await swept;
      const kept = opened.sandbox
        ? "Its sandbox is gone, and its runs with it."
        : "Unfinished runs continue at the next start.";
      return ok({ data: { url }, text: () => [`Stopped serving at ${url}. ${kept}`], exitCode: 0 });
    },
    { logNotifications: (line) => err.write(`${cleanText(line)}\n`) },
  );
}

/** Periodically resumes unfinished runs and deletes left-over data. Errors are printed, and retried the next time. */
async function sweepUntil(
  stopped: AbortSignal,
  { sweep }: OpenSession["local"],
  { err }: Request["terminal"],
): Promise<void> {
  while (!stopped.aborted) {
    await sweep().catch((error: unknown) => err.write(`sweep: ${errorText(error)}\n`));
    await systemClock.sleep(sweepEveryMs, stopped);
  }
}

function errorText(error: unknown): string {
  return cleanText(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** The commands to type next. In a sandbox they include how to get tokens, and the VM. */
function howToCall(url: string, opened: OpenSession, { program, err: { layout } }: Request["terminal"]): string[] {
  const block = (title: string, command: string[]) => renderSection(title, renderCommand(command, layout), layout);
  const lines = [
    ...block("A token to call it with", tokenCommand(opened, "requester")),
    ...block("Then", [`curl -H "Authorization: Bearer $TOKEN"`, `${url}/api/runs`]),
  ];
  const own = `${program} runs --service ${url}`;
  if (!opened.sandbox) return [...lines, ...block("Or, with this program and your own sign-in", [own])];
  const ids = opened.sandbox.vms.map(({ id }) => `  ${id}`);
  return [
    ...lines,
    ...block("Or, with this program", [`RDP_REMEDIATION_TOKEN=$TOKEN ${own}`]),
    ...block("Or, to send alerts", tokenCommand(opened, "actionGroup")),
    ...block("Or, to decide on plans", tokenCommand(opened, "approver")),
    ...block("What its receivers of notifications got", [
      `curl -s --cacert ${opened.sandbox.caFile}`,
      `${opened.sandbox.endpoint}/receivers`,
    ]),
    ...renderSection(ids.length === 1 ? "Its VM" : "Its VMs", ids, layout),
  ];
}

/** Where the operator page is. In Microsoft Entra ID a page without TLS can be registered at `localhost` alone. */
function pageLines(url: string, { sandbox, settings }: OpenSession, layout: Layout): string[] {
  if (!sandbox) {
    const page = `  ${url.replace("127.0.0.1", "localhost")}/app/`;
    return settings.api.page.clientId ? renderSection("The operator page", [page], layout) : [];
  }
  const trust = `Your browser does not know the certificate of this simulated Azure: open ${sandbox.endpoint}/ once and accept it, or import ${sandbox.caFile} as a certificate authority.`;
  return renderSection("The operator page", [`  ${url}/app/`, ...wrapText(trust, layout.width, "  ")], layout);
}

async function listen({ options, terminal }: Request, opened: OpenSession): Promise<Result<LocalServer>> {
  const { local, settings, sandbox, place } = opened;
  const api = await composeApi(settings, local, {
    simulated: place.sandbox?.world ?? null,
    onSurprise(error, requestId) {
      terminal.err.write(`request ${requestId}: ${errorText(error)}\n`);
    },
  });
  if (!api.ok) return api;
  const port = options.port ?? settings.api.port;
  try {
    const server = await startServer(api.value, port);
    sandbox?.registerPage(`${server.url}/app/`);
    return ok(server);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    return fail("invalid-input", `Port ${port} cannot be used (${code}). Choose another one with --port.`);
  }
}

/** The command that gets a token: from Microsoft Entra ID, or as one of the sandbox's callers. */
function tokenCommand({ sandbox, settings }: OpenSession, as: keyof Sandbox["clients"]): string[] {
  const audience = settings.api.signIn?.audiences[0] ?? "";
  if (!sandbox)
    return [`TOKEN=$(az account get-access-token --resource ${audience}`, "--query accessToken --output tsv)"];
  const { clientId, secret } = sandbox.clients[as];
  return [
    `TOKEN=$(curl -s --cacert ${sandbox.caFile}`,
    tokenAddress(sandbox),
    "-d grant_type=client_credentials",
    `-d client_id=${clientId}`,
    `-d client_secret=${secret}`,
    `-d scope=${audience}/.default`,
    `| sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
  ];
}

function tokenAddress({ endpoint, tenantId }: Sandbox): string {
  return `${endpoint}/${tenantId}/oauth2/v2.0/token`;
}
