import { describeExchange } from "../../lib/rdp/explain-gateway.ts";
import type { Explanation } from "../../lib/rdp/explanation.ts";
import type { GatewayReport } from "../../lib/rdp/gateway-report.ts";
import { cleanAll } from "./clean.ts";
import type { Layout } from "./layout.ts";
import { renderCertificate, renderConnecting, renderExplanation, renderProbeTitle, renderStage } from "./probe.ts";
import { renderSection } from "./section.ts";

/** The stages of a probe of an RD Gateway, then the conclusion. */
export function renderGateway(given: GatewayReport, explanation: Explanation, layout: Layout): string[] {
  const { certificate, tls, exchanges, distrust, ...line } = cleanAll(given);
  const shaken =
    tls === null
      ? []
      : renderStage(
          "tls",
          tls.result === "completed" ? `${tls.version}: ${tls.suite}` : `${tls.failure.reason}: ${tls.failure.error}`,
          tls.ms,
          layout,
        );
  const stages = [
    ...renderConnecting(line, layout),
    ...shaken,
    ...(distrust === null ? [] : renderStage("trust", `not by this program: ${distrust}`, null, layout)),
    ...exchanges.flatMap((exchange) => renderStage("http", describeExchange(exchange), exchange.ms, layout)),
  ];
  return [
    ...renderProbeTitle(line, layout),
    ...renderSection("Stages", stages, layout),
    ...renderSection("Certificate", certificate ? renderCertificate(certificate, layout) : [], layout),
    ...renderExplanation(cleanAll(explanation), layout),
  ];
}
