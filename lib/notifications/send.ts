import { attemptMs } from "./dispatcher.ts";
import type { NotificationEvent } from "./event.ts";
import type { Attempt, Post, Send } from "./ports.ts";
import type { Secrets } from "./read-receivers.ts";
import type { Receiver } from "./receiver.ts";
import { slackMessage } from "./slack.ts";
import { teamsMessage } from "./teams.ts";
import { UnfillableTemplate } from "./template.ts";
import { webhookRequest } from "./webhook.ts";

export interface SenderOptions {
  readonly secrets: Secrets;
  readonly post: Post;
  /** Sends mail; the part of Azure. */
  readonly sendEmail: (
    receiver: Extract<Receiver, { kind: "email" }>,
    event: NotificationEvent,
    stop: AbortSignal,
  ) => Promise<Attempt>;
  readonly now: () => Date;
}

/** Sends an event in the form of its receiver. */
export function createSend({ secrets, post, sendEmail, now }: SenderOptions): Send {
  return async (receiver, event, stop) => {
    const within = AbortSignal.any([stop, AbortSignal.timeout(attemptMs)]);
    try {
      if (receiver.kind === "email") return await sendEmail(receiver, event, within);
      const { headers, body } = requestFor(receiver, event, secrets, now());
      const url = typeof receiver.url === "string" ? receiver.url : (secrets[receiver.url.secret] ?? "");
      return attemptOf(await post(url, { headers, body }, within), now());
    } catch (error) {
      if (error instanceof UnfillableTemplate) return { kind: "refused", because: error.message };
      // The error of a request may quote the URL, which can be a secret.
      return { kind: "failed", because: `There was no answer${within.aborted ? " in time" : ""} (${codeOf(error)}).` };
    }
  };
}

function requestFor(
  receiver: Exclude<Receiver, { kind: "email" }>,
  event: NotificationEvent,
  secrets: Secrets,
  now: Date,
): { headers: Readonly<Record<string, string>>; body: string } {
  const json = { "content-type": "application/json; charset=utf-8" };
  switch (receiver.kind) {
    case "webhook":
      return webhookRequest(receiver, event, secrets, now);
    case "teams":
      return { headers: json, body: JSON.stringify(teamsMessage(event.data)) };
    case "slack":
      return { headers: json, body: JSON.stringify(slackMessage(event.data)) };
  }
}

/**
 * What a status means: 2xx is taken; 408, 425, 429 and 5xx may pass; every other one is final, 410 Gone and redirects included,
 * which would carry the event and its secrets elsewhere.
 */
export function attemptOf({ status, headers }: Awaited<ReturnType<Post>>, now: Date): Attempt {
  if (status >= 200 && status < 300) return { kind: "sent", because: `HTTP ${status}.` };
  if (status >= 500 || status === 408 || status === 425 || status === 429) {
    const retryAfterMs = readRetryAfter(headers.get("retry-after"), now);
    return { kind: "failed", because: `HTTP ${status}.`, ...(retryAfterMs !== null && { retryAfterMs }) };
  }
  const why = status >= 300 && status < 400 ? " Redirects are not followed: give the URL to which it leads." : "";
  return { kind: "refused", because: `HTTP ${status}.${why}` };
}

/** Seconds, or an HTTP date (RFC 9110). */
function readRetryAfter(value: string | null, now: Date): number | null {
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now.getTime();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

/** Such as ECONNREFUSED; the name of the error where it has no code. */
function codeOf(error: unknown): string {
  const { cause = error } = error as { cause?: unknown };
  const { code, name = "Error" } = (cause ?? {}) as { code?: unknown; name?: string };
  return typeof code === "string" ? code : name;
}

/** Only so much of an answer is read: nothing but its beginning is of use. */
const mostAnswerBytes = 16 * 1024;

/** For so long the beginning is awaited, once the status is known: a receiver that leaves its answer open must not hold up the others. */
const bodyMs = 2_000;

/** Sends by `fetch`, without following redirects. */
export const postByFetch: Post = async (url, { method = "POST", headers, body }, stop) => {
  const answer = await fetch(url, {
    method,
    headers: { "user-agent": "rdp-remediation", ...headers },
    ...(body !== undefined && { body }),
    redirect: "manual",
    signal: stop,
  });
  // The status decides. A body that breaks off, or does not end in time, must not make a taken event one that is sent again.
  const text = await beginningOf(answer.body, AbortSignal.timeout(bodyMs)).catch(() => "");
  return { status: answer.status, headers: answer.headers, text };
};

async function beginningOf(body: ReadableStream<Uint8Array> | null, within: AbortSignal): Promise<string> {
  if (!body) return "";
  const reader = body.getReader();
  // Ends a reading that waits for more, too.
  const leave = () => void reader.cancel().catch(() => {});
  within.addEventListener("abort", leave, { once: true });
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    while (length < mostAnswerBytes) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      length += value.byteLength;
    }
  } finally {
    leave();
  }
  return Buffer.concat(parts).subarray(0, mostAnswerBytes).toString("utf8");
}
