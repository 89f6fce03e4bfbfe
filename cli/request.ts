import type { Options } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** What a command gets to work with. */
export interface Request {
  /** The VM or the run, as typed. */
  readonly operand: string | undefined;
  readonly options: Options;
  readonly terminal: Terminal;
}
