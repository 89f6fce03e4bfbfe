import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { explainProbe } from "../../lib/rdp/explain.ts";
import { explainGateway } from "../../lib/rdp/explain-gateway.ts";
import type { Explanation } from "../../lib/rdp/explanation.ts";
import { gatewayPort, probeGateway } from "../../lib/rdp/gateway.ts";
import { probeRdp as probeServer } from "../../lib/rdp/probe.ts";
import type { ProxyServer, Target } from "../../lib/rdp/report.ts";
import { parseProxy, parseTarget } from "../../lib/rdp/target.ts";
import type { ExitCode } from "../exit-code.ts";
import { renderGateway } from "../render/gateway.ts";
import { renderProbe } from "../render/probe.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";

/** Tests the connection from this machine to a Remote Desktop server, and names the side where it fails. */
export async function probe({ operand, options, terminal }: Request): Promise<Result<Report>> {
  if (operand === undefined) return fail("invalid-input", "Which server? Give its name or address: probe HOST[:PORT].");
  const target = parseTarget(operand, options.gateway ? gatewayPort : undefined);
  if (!target.ok) return target;
  const proxy = options.proxy === undefined ? ok(null) : parseProxy(options.proxy);
  if (!proxy.ok) return proxy;
  if (options.gateway) return reportGateway(target.value, proxy.value, terminal.stopped);
  const report = await probeServer(target.value, { proxy: proxy.value, signal: terminal.stopped });
  const explanation = explainProbe(report);
  return ok({
    data: { ...report, explanation },
    text: (layout) => renderProbe(report, explanation, terminal.program, layout),
    exitCode: terminal.stopped.aborted ? 130 : exitCodes[explanation.verdict],
  });
}

async function reportGateway(target: Target, proxy: ProxyServer | null, stopped: AbortSignal): Promise<Result<Report>> {
  const report = await probeGateway(target, { proxy, signal: stopped });
  const explanation = explainGateway(report);
  return ok({
    data: { ...report, explanation },
    text: (layout) => renderGateway(report, explanation, layout),
    exitCode: stopped.aborted ? 130 : exitCodes[explanation.verdict],
  });
}

const exitCodes: Record<Explanation["verdict"], ExitCode> = { "in-order": 0, fault: 1, unknown: 3 };
