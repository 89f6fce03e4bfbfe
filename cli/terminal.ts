import { createInterface } from "node:readline/promises";
import { createLayout, type Layout } from "./render/layout.ts";

/** The environment of a command: its output streams, the way to ask the user, and the stop signal. */
export interface Terminal {
  /** The words that start the program, as the user types them. */
  readonly program: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For results. */
  readonly out: Output;
  /** For progress, questions and errors. */
  readonly err: Output;
  /** Asks the user; the answer is `null` when the input ends. `ask` itself is `null` when this is no terminal. */
  readonly ask: ((question: string) => Promise<string | null>) | null;
  /** Aborts on Ctrl-C or when the system asks the process to stop. */
  readonly stopped: AbortSignal;
}

export interface Output {
  readonly layout: Layout;
  /** Whether this is a terminal, so that a line may be overwritten. */
  readonly live: boolean;
  write(text: string): void;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { env, stdin, stdout, stderr } = process;
  const stopped = stopSignal();
  return {
    program: env.npm_lifecycle_event === "rdp" ? "npm run -s rdp --" : "rdp-remediation",
    environment: env,
    out: outputTo(stdout, env),
    err: outputTo(stderr, env),
    ask: stdin.isTTY && stderr.isTTY ? (question) => askPerson(question, stopped) : null,
    stopped,
  };
}

/** Colours are used only on a terminal, and not when NO_COLOR is set (https://no-color.org). */
export function outputTo(
  stream: Pick<NodeJS.WriteStream, "columns" | "write"> & { isTTY?: boolean },
  { TERM, NO_COLOR }: Terminal["environment"],
): Output {
  const live = stream.isTTY === true && TERM !== "dumb";
  return {
    layout: createLayout({ columns: stream.columns, colour: live && !NO_COLOR }),
    live,
    write: (text) => void stream.write(text),
  };
}

/** The first signal requests an orderly stop; the second one ends the process. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(signal);
    });
  }
  return controller.signal;
}

/** Whether an answer to a question with [y/N] is a yes. No answer is a no. */
export function isYes(answer: string | null): boolean {
  return /^y(es)?$/i.test(answer?.trim() ?? "");
}

async function askPerson(question: string, stopped: AbortSignal): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // While readline reads, the process itself does not get Ctrl-C.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const left = new Promise<null>((resolve) => lines.once("close", () => resolve(null)));
  stopped.addEventListener("abort", () => lines.close());
  try {
    return await Promise.race([lines.question(question), left]);
  } finally {
    lines.close();
  }
}
