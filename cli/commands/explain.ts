import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { explainError } from "../../lib/error-codes/explain-error.ts";
import { cleanErrorText } from "../../lib/error-codes/read-error.ts";
import { renderErrorExplanation } from "../render/error-explanation.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";

/** Explains an error of a Remote Desktop client. Exit code 1 when nothing is known and no cause follows. */
export async function explain({ operand, terminal }: Request): Promise<Result<Report>> {
  if (!cleanErrorText(operand ?? "")) {
    return fail("invalid-input", "Which error? Give what the client shows: explain 0x904 0x7, or its text in quotes.");
  }
  const explanation = explainError(operand ?? "");
  return ok({
    data: explanation,
    text: (layout) => renderErrorExplanation(explanation, terminal.program, layout),
    exitCode: explanation.known || explanation.causes.length > 0 ? 0 : 1,
  });
}
