import { createInterface } from "node:readline/promises";
import { createLayout, type Layout } from "./render/layout.ts";

/** The world around a command: where it writes, whom it may ask, and when to stop. */
export interface Terminal {
  /** What a person types in front of a command. */
  readonly program: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For results. */
  readonly out: Output;
  /** For progress, questions and errors. */
  readonly err: Output;
  /** Asks a person, who may leave without an answer: `null`. There is no way to ask when nobody is there. */
  readonly ask: ((question: string) => Promise<string | null>) | null;
  /** Aborted when the person or the system wants this to stop. */
  readonly stopped: AbortSignal;
}

export interface Output {
  readonly layout: Layout;
  /** Whether somebody watches, so that a line may be written over. */
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

/** Colours are for people who watch and have not declined (https://no-color.org). */
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

/** The first signal asks for an orderly stop, the second ends the process. */
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

async function askPerson(question: string, stopped: AbortSignal): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // It takes Ctrl-C away from the process while it reads.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const left = new Promise<null>((resolve) => lines.once("close", () => resolve(null)));
  stopped.addEventListener("abort", () => lines.close());
  try {
    return await Promise.race([lines.question(question), left]);
  } finally {
    lines.close();
  }
}
