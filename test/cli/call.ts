import { runCli } from "../../cli/cli.ts";
import { createLayout } from "../../cli/render/layout.ts";

export interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What is said, in one line however it was wrapped. */
  readonly said: string;
}

interface Person {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the person types when asked, one after the other; `null` leaves. Without it nobody is there. */
  readonly answers?: (string | null)[];
  /** Sees everything on standard error as it comes, and may stop. */
  readonly watch?: (text: string, stop: () => void) => void;
  /** Presses Ctrl-C from elsewhere. */
  readonly stopping?: AbortController;
}

/** Types a command line in this process, on a terminal that only remembers. */
export async function call(args: readonly string[], person: Person): Promise<Called> {
  const { answers, watch, stopping = new AbortController() } = person;
  // Nobody's own profiles.
  const environment = { RDP_REMEDIATION_CONFIG: "/nowhere/config.json", ...person.environment };
  let out = "";
  let err = "";
  const layout = createLayout({ columns: 80, colour: false });
  const code = await runCli(args, {
    program: "rdp",
    environment,
    out: {
      layout,
      live: false,
      write(text) {
        out += text;
      },
    },
    err: {
      layout,
      live: false,
      write(text) {
        err += text;
        watch?.(text, () => stopping.abort());
      },
    },
    ask:
      answers === undefined
        ? null
        : async (question) => {
            err += question;
            const answer = answers.shift();
            if (answer === undefined) throw new Error(`nobody has an answer to: ${question}`);
            return answer;
          },
    stopped: stopping.signal,
  });
  return { code, out, err, said: `${out} ${err}`.replace(/\s+/g, " ") };
}
