import { explainCompleted } from "./explain-completed.ts";
import { explainFailure } from "./explain-failure.ts";
import type { Explanation } from "./explanation.ts";
import type { ProbeReport } from "./report.ts";

/**
 * Explains a report in terms of the error family 0x904. That code only says that TCP worked and that the other side
 * then closed the connection; its extended code 0x7 says that the server did [DC][XD]. The report adds the stage at
 * which it did.
 */
export function explainProbe(report: ProbeReport): Explanation {
  const { outcome } = report;
  if (outcome.result === "failed") return explainFailure(outcome, report);
  if (outcome.result === "completed") return explainCompleted(report);
  return {
    verdict: "fault",
    side: "listener",
    headline: "The server chose RDP's own security: there is no TLS.",
    advice: [
      "On Windows that is SecurityLayer 0, set on the listener or by policy. Clients that insist on TLS or NLA are turned away, and nothing proves to the others which server they reach.",
    ],
    clientErrors: [],
  };
}
