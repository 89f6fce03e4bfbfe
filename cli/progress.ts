import type { RunView } from "../lib/run-view/run-view.ts";
import { cleanText } from "./render/clean.ts";
import { renderClock, renderTime } from "./render/time.ts";
import { truncateText, wrapText } from "./render/wrap.ts";
import type { Output } from "./terminal.ts";

/** Shows the progress of a run while the user waits. */
export interface Progress {
  /** Starts to show this run. */
  follow(run: RunView): void;
  /** Shows a saved step of the run; ignores other runs. */
  saved(run: RunView): void;
  stop(): void;
}

/** One line that is overwritten on a terminal; one line per step elsewhere. */
export function createProgress(output: Output, now: () => number = Date.now): Progress {
  return output.live ? liveProgress(output, now) : plainProgress(output, now);
}

const doing: Record<RunView["state"], string> = {
  queued: "waiting to begin",
  preflight: "reading the VM from Azure",
  collecting: "looking inside the VM",
  planned: "planning",
  "awaiting-approval": "waiting for a decision",
  probing: "making a handshake from outside",
  applying: "changing the VM",
  restarting: "restarting the VM",
  verifying: "checking the VM again",
  weakened: "keeping a setting weakened",
  "rolling-back": "restoring the former state",
  ended: "cleaning up",
};

/** State, elapsed time, the Run Command in flight and until when it is awaited, on one line. */
export function describeProgress(run: RunView, elapsedMs: number, now: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  const elapsed = seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const trouble = run.attempts > 0 ? run.log.at(-1)?.message : undefined;
  const waiting = [doing[run.state], `${elapsed}${describeUsual(run)}`, describeEnd(run, now)]
    .filter(Boolean)
    .join(", ");
  return cleanText([waiting, describeScript(run), trouble].filter(Boolean).join(": "));
}

/** What to expect, by recorded traffic of Azure: a Run Command took 57 s, and the first one of a VM 95 s. */
function describeUsual({ script }: RunView): string {
  return script?.state === "running" ? " (usually 1-2 min)" : "";
}

/** When the run gives up waiting: for its Run Command, or for a decision. In the zone of this machine. */
function describeEnd(run: RunView, now: number): string | undefined {
  if (run.state === "awaiting-approval") return `cancelled at ${renderTime(run.decideByDateTime ?? "")}`;
  if (run.script?.state !== "running") return undefined;
  return `gives up at ${renderClock(now + run.script.awaitMs - run.script.waitedMs)}`;
}

/** After this time the first Run Command of a VM is probably waiting for the agent to install what runs it. */
const unusualMs = 20_000;

function describeScript({ script, scriptsStarted }: RunView): string | undefined {
  if (!script) return undefined;
  const is = `Run Command ${script.step} is ${script.state === "running" ? "running" : "being started"}`;
  const isSlow = scriptsStarted === 1 && script.state === "running" && script.waitedMs >= unusualMs;
  return isSlow ? `${is} (the first one of a VM may take two minutes)` : is;
}

function liveProgress(output: Output, now: () => number): Progress {
  const began = now();
  let followed: RunView | null = null;
  let timer: NodeJS.Timeout | undefined;

  function draw(): void {
    if (!followed) return;
    const line = truncateText(describeProgress(followed, now() - began, now()), output.layout.width - 1);
    output.write(`\r\u001b[2K${output.layout.paint("quiet", line)}`);
  }

  return {
    follow(run) {
      followed = run;
      timer ??= setInterval(draw, 500);
      draw();
    },
    saved(run) {
      if (run.id !== followed?.id) return;
      followed = run;
      draw();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      if (followed) output.write("\r\u001b[2K");
      followed = null;
    },
  };
}

/** Where no line can be overwritten, a long wait says so often that it goes on. */
const reminderMs = 60_000;

function plainProgress(output: Output, now: () => number): Progress {
  const began = now();
  let followed: RunView | null = null;
  let timer: NodeJS.Timeout | undefined;
  let toldAt = began;

  function remind(): void {
    if (!followed || now() - toldAt < reminderMs) return;
    tell(`Still ${describeProgress(followed, now() - began, now())}.`);
  }

  function tell(text: string): void {
    toldAt = now();
    const time = `${((now() - began) / 1000).toFixed(1)} s`.padStart(8);
    output.write(`${wrapText(cleanText(text), output.layout.width, `${time}  `, " ".repeat(10)).join("\n")}\n`);
  }

  function tellNews(earlier: RunView["log"], scriptBefore: string | undefined, run: RunView): void {
    // The result says the summary, once.
    const news = newEntries(earlier, run.log).filter(({ message }) => message !== run.summary);
    for (const { message } of news) tell(message);
    const script = describeScript(run);
    if (script && script !== scriptBefore) tell(`${script}.`);
  }

  return {
    follow(run) {
      followed = run;
      timer ??= setInterval(remind, reminderMs / 4);
      const earlier = run.log.filter(({ at }) => Date.parse(at) < began);
      tellNews(earlier, undefined, run);
    },
    saved(run) {
      if (run.id !== followed?.id) return;
      tellNews(followed.log, describeScript(followed), run);
      followed = run;
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      followed = null;
    },
  };
}

/** The entries after the last one of `before`. A long log drops its oldest entries, so its length tells nothing. */
function newEntries(before: RunView["log"], log: RunView["log"]): RunView["log"] {
  const last = before.at(-1);
  const known = log.findLastIndex(({ at, message }) => at === last?.at && message === last.message);
  return log.slice(known + 1);
}
