import { fail, ok, type Result } from "../lib/core/problem.ts";
import { RunId } from "../lib/core/run-request.ts";
import { openHistory } from "./open-history.ts";
import type { Request } from "./request.ts";

/** A shorter one would name another run tomorrow. */
const shortestPrefix = 4;

/**
 * The id of the run that the operand names, in full or by its first digits; with `--last` that of the newest run on this
 * machine. A full id is returned as it is, whether or not there is such a run.
 */
export async function findRunId(request: Request): Promise<Result<string>> {
  const { operand, options } = request;
  if (options.last) {
    if (operand !== undefined) return fail("invalid-input", "Give the id of a run or --last, not both.");
    const newest = await idsWith(request, "", 1);
    if (!newest.ok) return newest;
    const [id] = newest.value;
    return id ? ok(id) : fail("run-not-found", "There is no run here, so there is no last one.");
  }
  if (operand === undefined) {
    return fail("invalid-input", "Which run? Give its id or the first digits of it, or --last; runs lists them.");
  }
  const typed = operand.toLowerCase();
  if (RunId.safeParse(typed).success) return ok(typed);
  if (!/^[0-9a-f-]{1,35}$/.test(typed) || typed.length < shortestPrefix) {
    return fail(
      "invalid-input",
      `"${operand}" is not the id of a run, which is a UUID, nor the first ${shortestPrefix} digits or more of one; runs lists them.`,
    );
  }
  const found = await idsWith(request, typed, 2);
  if (!found.ok) return found;
  const [id, another] = found.value;
  if (id === undefined) return fail("run-not-found", `There is no run ${typed}... here. List the runs to find its id.`);
  if (another === undefined) return ok(id);
  return fail("invalid-input", `Several runs begin with ${typed}, among them ${id} and ${another}. Give more digits.`);
}

async function idsWith(request: Request, prefix: string, limit: number): Promise<Result<string[]>> {
  const history = await openHistory(request);
  return history.ok ? history.value.idsWith(prefix, limit) : history;
}
