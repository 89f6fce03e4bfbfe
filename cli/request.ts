import type { Profile } from "./config-file.ts";
import type { Options } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** The input of a command. */
export interface Request {
  /** The VM or the run, as the user typed it. */
  readonly operand: string | undefined;
  readonly options: Options;
  readonly terminal: Terminal;
  /** The defaults of the profile in use. */
  readonly profile: Profile;
}
