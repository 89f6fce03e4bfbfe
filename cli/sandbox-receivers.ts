import { readReceivers } from "../lib/notifications/read-receivers.ts";
import type { Settings } from "../lib/settings.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";

/** The receivers of a sandbox, one of each kind. @throws Error when they are not valid */
export function sandboxNotifications({ endpoint, receivers }: Sandbox, publicUrl: string): Settings["notifications"] {
  const at = `${endpoint}/receivers`;
  const document = {
    receivers: [
      { name: "webhook", kind: "webhook", url: `${at}/webhook/webhook`, signing: [{ secret: "signing" }] },
      { name: "teams", kind: "teams", url: `${at}/teams/teams` },
      { name: "slack", kind: "slack", url: `${at}/slack/slack` },
      {
        name: "mail",
        kind: "email",
        endpoint: `${at}/mail`,
        from: "rdp@contoso.example",
        to: ["desk@contoso.example"],
      },
    ],
  };
  const read = readReceivers(JSON.stringify(document));
  if (!read.ok) throw new Error(read.problem.message);
  return { receivers: read.value, secrets: { signing: receivers.signingSecret }, publicUrl };
}
