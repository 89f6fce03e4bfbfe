import { callAzure, problemFrom } from "../call-azure.ts";

/** A part of the evidence that could not be read, and why. */
export interface Unreadable {
  readonly unreadable: string;
}

/** Reads one part. What Azure refuses makes this part unreadable, and no other; `doing` completes "Could not ...". */
export async function readPart<T>(doing: string, read: () => Promise<T>): Promise<T | Unreadable> {
  const asked = await callAzure(doing, read);
  return asked.ok ? asked.value : { unreadable: asked.problem.message };
}

/** What the SDK gives for a long-running operation. */
interface Poller<T> {
  pollUntilDone(options: { abortSignal: AbortSignal }): Promise<T>;
}

/** How often an operation is looked at. The SDK's own interval is twice as long. */
const pollMs = 1000;

/**
 * Waits for a long-running operation and takes what is needed of its result, but not for ever: a part that takes longer
 * than `milliseconds`, fails or is refused is unreadable.
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

/** Of an operation that ends badly the SDK makes a plain error, with Azure's words in its message alone. */
function failureOf(error: unknown): string | null {
  const failed = error instanceof Error && /^The long-running operation has (failed|been canceled)/.test(error.message);
  return failed ? error.message.replace(/\s+/g, " ").slice(0, 400) : null;
}

/** As `Promise.all`, but a failure waits for the others to end, so that no call outlives the reading. */
export async function allSettledThenAll<T extends readonly unknown[] | []>(work: T) {
  await Promise.allSettled(work);
  return Promise.all(work);
}
