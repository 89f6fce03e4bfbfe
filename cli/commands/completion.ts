import { ok, type Result } from "../../lib/core/problem.ts";
import { completionScript, shells } from "../completion.ts";
import { refuse } from "../refuse.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { shippedWorlds } from "../sandbox.ts";

/** Prints the script that makes a shell complete this program's commands. */
export async function completion({ operand }: Request): Promise<Result<Report>> {
  const shell = shells.find((name) => name === operand);
  if (!shell) return refuse(`Which shell? Give one of ${shells.join(", ")}.`);
  const text = completionScript(shell, shippedWorlds());
  return ok({ data: text, text: () => text.trimEnd().split("\n"), exitCode: 0 });
}
