/** What asking has shown. `done`: nothing will change any more. */
export type Seen = "changed" | "same" | "failed" | "done";

export interface Polling {
  /** Asks at once, e.g. after the person has done something. */
  now(): void;
  stop(): void;
}

const fastMs = 2_000;
const slowMs = 20_000;
/** After the end of what is shown, it is still asked now and then: a run may be undone by somebody else. */
const restMs = 60_000;

/**
 * Asks again and again: often while something changes, more seldom while nothing does or the service does not answer,
 * and not at all while nobody looks.
 */
export function poll(ask: () => Promise<Seen>): Polling {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waitMs = fastMs;
  let stopped = false;
  let asking = false;
  let again = false;

  async function turn(): Promise<void> {
    clearTimeout(timer);
    if (stopped) return;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    const seen = await ask().catch(failed);
    asking = false;
    if (stopped) return;
    if (again) {
      again = false;
      return turn();
    }
    waitMs = seen === "done" ? restMs : seen === "changed" ? fastMs : Math.min(waitMs * 1.5, slowMs);
    if (!document.hidden) timer = setTimeout(turn, waitMs);
  }

  function look(): void {
    if (document.hidden) clearTimeout(timer);
    else void turn();
  }

  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
  void turn();
  return {
    now: () => void turn(),
    stop() {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
      removeEventListener("online", look);
    },
  };
}

/** A defect in what is drawn must not end the asking. */
function failed(error: unknown): Seen {
  reportError(error);
  return "failed";
}
