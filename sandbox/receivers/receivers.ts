import { randomBytes } from "node:crypto";
import { type Answer, type HttpRequest, jsonReply } from "../azure/http.ts";
import type { Principal, TokenRefusal } from "../azure/sign-in/tokens.ts";
import { createMail } from "./mail.ts";
import { checkSlack, checkTeams, checkWebhook } from "./messages.ts";

/*
 * Receivers of notifications, beside the simulated Azure: a webhook, a channel of Teams, one of Slack, and the mail of Azure
 * Communication Services. They take what the real ones take and refuse what those refuse, as far as their documents say.
 *
 *   POST /receivers/webhook/<name>, /receivers/teams/<name>, /receivers/slack/<name>
 *   POST /receivers/mail/emails:send, GET /receivers/mail/emails/operations/<id>
 *   GET  /receivers   everything that was received
 *
 * `?answer=` of a URL decides how its receiver behaves: a status, or `hang`.
 */

export const receiversPath = "/receivers";

/** Who may send mail needs a token for this resource (Azure SDKs, communication-email). */
export const mailResource = "https://communication.azure.com";

export interface Received {
  readonly at: string;
  readonly kind: "webhook" | "teams" | "slack" | "mail";
  readonly receiver: string;
  /** What was answered: a status, or `hang`. */
  readonly answer: string;
  /** Why it was refused; `null`: it was taken. */
  readonly because: string | null;
  /** Of a webhook its id. */
  readonly id: string | null;
  readonly body: unknown;
}

export interface Receivers {
  readonly received: readonly Received[];
  /** The secret with which a webhook here must be signed. */
  readonly signingSecret: string;
  /** From now on the receiver of this name answers so (a status, or `hang`); `null`: as it should. */
  answerWith(receiver: string, answer: string | null): void;
  /** `null`: the path is no receiver's. */
  answer(request: HttpRequest): Promise<Answer | null>;
}

export function createReceivers({
  now,
  authenticate,
  log,
}: {
  readonly now: () => Date;
  /** Checks a token for mail. */
  readonly authenticate: (authorization: string | undefined) => Promise<{ principal: Principal } | TokenRefusal>;
  readonly log: (line: string) => void;
}): Receivers {
  const received: Received[] = [];
  const answers = new Map<string, string>();
  const signingSecret = `whsec_${randomBytes(32).toString("base64")}`;
  const mail = createMail();

  function record(one: Omit<Received, "at">): void {
    received.push({ at: now().toISOString(), ...one });
    log(
      `${one.kind} ${one.receiver} received ${one.id ?? "a message"} -> ${one.answer}${one.because ? ` (${one.because})` : ""}`,
    );
  }

  function take(kind: Exclude<Received["kind"], "mail">, receiver: string, request: HttpRequest): Answer {
    const { headers, body, query } = request;
    const parsed = parseJson(body);
    const id = headers["webhook-id"] ?? null;
    const wanted = answers.get(receiver) ?? query.get("answer");
    if (wanted !== null) {
      record({ kind, receiver, answer: wanted, because: "It was told to.", id, body: parsed });
      if (wanted === "hang") return "silent";
      const [status = "500", seconds] = wanted.split(",");
      return { status: Number(status), headers: seconds ? { "retry-after": seconds } : {}, text: "{}" };
    }
    const check = { webhook: checkWebhook, teams: checkTeams, slack: checkSlack }[kind];
    const because = check({ headers, body, parsed, secret: signingSecret, now: now() });
    const taken = { webhook: 204, teams: 202, slack: 200 }[kind];
    const status = because === null ? taken : because.status;
    record({ kind, receiver, answer: String(status), because: because?.message ?? null, id, body: parsed });
    if (because) return { status, text: because.message };
    return kind === "slack" ? { status, text: "ok" } : { status };
  }

  async function takeMail(path: string, request: HttpRequest): Promise<Answer> {
    const signedIn = await authenticate(request.headers.authorization);
    if ("refused" in signedIn) return jsonReply({ error: { code: "Denied", message: signedIn.refused } }, 401);
    const wanted = answers.get("mail");
    if (wanted === "hang") return "silent";
    if (wanted !== undefined) return jsonReply({ error: { code: "Told", message: "It was told to." } }, Number(wanted));
    if (request.query.get("api-version") === null) {
      return jsonReply({ error: { code: "BadRequest", message: "The api-version is missing." } }, 400);
    }
    const [, id] = /^\/emails\/operations\/([^/]+)$/.exec(path) ?? [];
    if (request.method === "GET" && id) return mail.status(id);
    if (request.method !== "POST" || path !== "/emails:send") return jsonReply({ error: { code: "NotFound" } }, 404);
    const { reply, because, isNew } = mail.send(request);
    if (isNew || because !== null) {
      const answer = String(reply.status);
      record({
        kind: "mail",
        receiver: "mail",
        answer,
        because,
        id: request.headers["operation-id"] ?? null,
        body: parseJson(request.body),
      });
    }
    return reply;
  }

  return {
    received,
    signingSecret,
    answerWith(receiver, answer) {
      if (answer === null) answers.delete(receiver);
      else answers.set(receiver, answer);
    },
    async answer(request) {
      const { method, path } = request;
      if (path === receiversPath && method === "GET") return jsonReply({ value: received });
      const mailPath = path.startsWith(`${receiversPath}/mail/`) ? path.slice(`${receiversPath}/mail`.length) : null;
      if (mailPath) return takeMail(mailPath, request);
      const [, kind, receiver = ""] = /^\/receivers\/(webhook|teams|slack)\/([a-z0-9-]+)$/.exec(path) ?? [];
      if (method !== "POST" || !kind) return null;
      return take(kind as Exclude<Received["kind"], "mail">, receiver, request);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
