import type { Problem } from "../../core/problem.ts";
import { callAzure, problemFrom } from "../call-azure.ts";

/** A part of the evidence that could not be read, and why. */
export interface Unreadable {
  readonly unreadable: string;
}

/** Is given the problem behind each unreadable part. */
export type ReportUnreadable = (problem: Problem) => void;

/** Reads one part. An error of Azure makes only this part unreadable; `doing` completes "Could not ...". */
export async function readPart<T>(
  doing: string,
  read: () => Promise<T>,
  report: ReportUnreadable,
): Promise<T | Unreadable> {
  const asked = await callAzure(doing, read);
  if (asked.ok) return asked.value;
  report(asked.problem);
  return { unreadable: asked.problem.message };
}

/** The SDK's poller of a long-running operation. */
interface Poller<T> {
  pollUntilDone(options: { abortSignal: AbortSignal }): Promise<T>;
}

/**
 * How long each of Azure's cross-checks may take, in milliseconds; they run at the same time. Recorded: IP flow verify
 * took between 1 and 11 s (azure-cli, test_network_watcher_vm.yaml, 2025), and asked for 10 s between polls in 2017.
 */
export const crossCheckMs = 20_000;

/** Polling interval in milliseconds. The SDK's default is twice as long. */
const pollMs = 1000;

/**
 * Waits for a long-running operation and maps its result. A part that takes longer
 * than `milliseconds`, fails or is rejected is unreadable.
 */
export async function readPartWithin<T, U>(
  doing: string,
  milliseconds: number,
  start: (options: { abortSignal: AbortSignal; updateIntervalInMs: number }) => Poller<T>,
  take: (answer: T) => U,
): Promise<U | Unreadable> {
  const abortSignal = AbortSignal.timeout(milliseconds);
  try {
    return take(await start({ abortSignal, updateIntervalInMs: pollMs }).pollUntilDone({ abortSignal }));
  } catch (error) {
    if (abortSignal.aborted) return { unreadable: `Could not ${doing}: it did not end within ${milliseconds} ms.` };
    const failure = failureOf(error);
    return { unreadable: failure ? `Could not ${doing}: ${failure}` : problemFrom(error, doing).message };
  }
}

/** For a failed operation the SDK throws a plain Error with Azure's text in the message. */
function failureOf(error: unknown): string | null {
  const failed = error instanceof Error && /^The long-running operation has (failed|been canceled)/.test(error.message);
  return failed ? error.message.replace(/\s+/g, " ").slice(0, 400) : null;
}

/** Like `Promise.all`, but waits until all have ended, so that no call outlives the function. */
export async function allSettledThenAll<T extends readonly unknown[] | []>(work: T) {
  await Promise.allSettled(work);
  return Promise.all(work);
}
