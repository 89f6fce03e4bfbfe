import { forHost, rankClientChecks } from "../../lib/client-checks/client-checks.ts";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { explainHint } from "../../lib/error-codes/explain-hint.ts";
import { readShippedFile } from "../../lib/files/shipped-files.ts";
import { explainProbe } from "../../lib/rdp/explain.ts";
import { probeRdp } from "../../lib/rdp/probe.ts";
import type { Target } from "../../lib/rdp/report.ts";
import { parseProxy, parseTarget } from "../../lib/rdp/target.ts";
import { type ClientCheckList, renderClientChecks } from "../render/client-checks.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";

/** Lists what to look at on the client, or prints the script that reads it. */
export async function listClientChecks({ operand, options, terminal }: Request): Promise<Result<Report>> {
  const target = operand === undefined ? ok(null) : parseTarget(operand);
  if (!target.ok) return target;
  const proxy = options.proxy === undefined ? ok(null) : parseProxy(options.proxy);
  if (!proxy.ok) return proxy;
  if (options.script) {
    if (options.json) return fail("invalid-input", "--script prints a script, and --json a list. Give one of them.");
    const text = scriptFor(target.value);
    return ok({ data: text, text: () => text.trimEnd().split("\n"), exitCode: 0 });
  }
  const probed =
    target.value && (await probeRdp(target.value, { proxy: proxy.value, signal: terminal.stopped }).then(explainProbe));
  const explained = options.error === undefined ? null : explainHint(options.error);
  const causes = explained?.causes ?? [];
  const ranked = rankClientChecks({
    probed: probed && probed.side !== "none" ? probed.side : null,
    named: causes.flatMap(({ clientCheck }) => clientCheck ?? []),
    sides: causes.map(({ side }) => side),
  });
  const host = target.value?.host ?? null;
  const list: ClientCheckList = {
    target: target.value,
    probe: probed && { verdict: probed.verdict, side: probed.side, headline: probed.headline },
    error: explained?.understood ?? null,
    checks: ranked.map((check) => forHost(check, host)),
  };
  return ok({
    data: list,
    text: (layout) => renderClientChecks(list, terminal.program, layout),
    exitCode: terminal.stopped.aborted ? 130 : 0,
  });
}

/** The script with the server as its default. A target has no character that ends a quoted text. */
export function scriptFor(target: Target | null): string {
  const script = readShippedFile("cli/client-checks.ps1");
  if (!target) return script;
  return script
    .replace("[string]$HostName = ''", () => `[string]$HostName = '${target.host.replaceAll("'", "''")}'`)
    .replace("[int]$Port = 3389", () => `[int]$Port = ${target.port}`);
}
