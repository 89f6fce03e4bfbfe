import { z } from "zod";
import { derivedId } from "../core/derived-id.ts";
import { emailOf } from "../notifications/email.ts";
import type { Attempt, Post } from "../notifications/ports.ts";
import { attemptOf, type SenderOptions } from "../notifications/send.ts";
import type { Credential } from "./monitor.ts";

/** azure-rest-api-specs, communication/data-plane/Email/stable. */
const apiVersion = "2025-09-01";

/** The name space of the ids of send operations. */
const nameSpace = "0f6b4f0e-7c1d-4d55-9a0b-6f4f6f0f2f51";

const SendResult = z.object({
  status: z.string(),
  error: z.object({ code: z.string().catch(""), message: z.string().catch("") }).nullish(),
});

/**
 * Sends mail through Azure Communication Services as the service's own identity. Its SDK is not worth a dependency for two calls.
 * The id of the send operation is derived from the event, so that a repetition finds the first one instead of sending again; the
 * first attempt starts the operation, and the next one learns how it ended.
 */
export function createEmailSender(credential: Credential, post: Post, now: () => Date): SenderOptions["sendEmail"] {
  return async (receiver, event, stop) => {
    const endpoint = receiver.endpoint.replace(/\/+$/, "");
    const token = await credential.getToken(scopeFor(endpoint), { abortSignal: stop });
    if (!token) return { kind: "failed", because: "There is no token for Azure Communication Services." };
    const operationId = derivedId(nameSpace, `${receiver.name} ${event.id}`);
    const query = `?api-version=${apiVersion}`;
    const headers = { authorization: `Bearer ${token.token}`, "content-type": "application/json" };
    const status = await post(`${endpoint}/emails/operations/${operationId}${query}`, { method: "GET", headers }, stop);
    if (status.status === 200) return endOf(status.text);
    // Anything but a refusal to look means that there is no such operation yet.
    if ([401, 403, 408, 429].includes(status.status) || status.status >= 500) return attemptOf(status, now());
    const { subject, plainText, html } = emailOf(event);
    const message = {
      senderAddress: receiver.from,
      recipients: { to: receiver.to.map((address) => ({ address })) },
      content: { subject, plainText, html },
      // It would replace the link to the run by one of its own.
      userEngagementTrackingDisabled: true,
    };
    const sent = await post(
      `${endpoint}/emails:send${query}`,
      { headers: { ...headers, "operation-id": operationId }, body: JSON.stringify(message) },
      stop,
    );
    if (sent.status !== 202) return attemptOf(sent, now());
    return { kind: "accepted", because: "The mail is accepted, and will be sent." };
  };
}

function endOf(text: string): Attempt {
  const parsed = SendResult.safeParse(parseJson(text));
  const { status = "", error } = parsed.data ?? {};
  switch (status) {
    case "Succeeded":
      return { kind: "sent", because: "The mail was sent." };
    case "Failed":
    case "Canceled":
      return { kind: "refused", because: `Sending the mail has ended as ${status} (${error?.code ?? "no code"}).` };
    default:
      return { kind: "accepted", because: "The mail is accepted, and will be sent." };
  }
}

function scopeFor(endpoint: string): string {
  const isGovernment = new URL(endpoint).hostname.endsWith(".azure.us");
  return `https://communication.azure.${isGovernment ? "us" : "com"}/.default`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
