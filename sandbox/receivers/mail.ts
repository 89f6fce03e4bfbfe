import { z } from "zod";
import { type HttpRequest, jsonReply, type Reply } from "../azure/http.ts";

/** azure-rest-api-specs, communication/data-plane/Email: the fields of a message. */
const Address = z.strictObject({ address: z.email(), displayName: z.string().optional() });
const Message = z.strictObject({
  senderAddress: z.email(),
  content: z.strictObject({
    subject: z.string().min(1),
    plainText: z.string().optional(),
    html: z.string().optional(),
  }),
  recipients: z.strictObject({ to: z.array(Address).min(1).max(50) }),
  userEngagementTrackingDisabled: z.boolean().optional(),
});

/** The send operations of Azure Communication Services: the first look at one finds it running, the next finds its end. */
export function createMail() {
  const looks = new Map<string, number>();
  return {
    send({ headers, body }: HttpRequest): { reply: Reply; because: string | null; isNew: boolean } {
      const id = headers["operation-id"] ?? "";
      if (!z.uuid().safeParse(id).success) return refused("The header Operation-Id is no UUID.");
      const message = Message.safeParse(parse(body));
      if (!message.success) return refused(z.prettifyError(message.error));
      const isNew = !looks.has(id);
      if (isNew) looks.set(id, 0);
      return { reply: jsonReply({ id, status: "Running" }, 202, { "retry-after": "5" }), because: null, isNew };
    },
    status(id: string): Reply {
      const seen = looks.get(id);
      if (seen === undefined)
        return jsonReply({ error: { code: "NotFound", message: "There is no such operation." } }, 404);
      looks.set(id, seen + 1);
      return seen === 0
        ? jsonReply({ id, status: "Running" }, 200, { "retry-after": "5" })
        : jsonReply({ id, status: "Succeeded" });
    },
  };
}

function refused(because: string): { reply: Reply; because: string; isNew: boolean } {
  return { reply: jsonReply({ error: { code: "InvalidMessage", message: because } }, 400), because, isNew: false };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
