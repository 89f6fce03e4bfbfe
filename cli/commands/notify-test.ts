import { randomUUID } from "node:crypto";
import { ok, type Result } from "../../lib/core/problem.ts";
import type { ReceiverTest } from "../../lib/notifications/test-receivers.ts";
import { readSettings, type Settings } from "../../lib/settings.ts";
import { refuse } from "../refuse.ts";
import { cleanText } from "../render/clean.ts";
import { wrapText } from "../render/wrap.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { startCallSandbox } from "../sandbox.ts";

/** Sends an event to each receiver of the settings, and shows what each answered. */
export async function testNotifications({ options, terminal }: Request): Promise<Result<Report>> {
  if (options.sandbox === undefined) {
    const settings = readSettings(terminal.environment);
    return settings.ok ? sendTo(settings.value, terminal) : settings;
  }
  const opened = await startCallSandbox(options.sandbox, options.guest, { pagesUrl: "http://127.0.0.1" });
  if (!opened.ok) return opened;
  try {
    return await sendTo(opened.value.settings, terminal);
  } finally {
    await opened.value.close();
  }
}

async function sendTo(settings: Settings, { stopped }: Request["terminal"]): Promise<Result<Report>> {
  const { notifications } = settings;
  if (!notifications)
    return refuse("There are no receivers. Set RDP_REMEDIATION_NOTIFICATIONS (docs/notifications.md).");
  const { composeSend } = await import("../../lib/compose-notifications.ts");
  const { testReceivers } = await import("../../lib/notifications/test-receivers.ts");
  const { receivers, publicUrl } = notifications;
  const now = () => new Date();
  const send = await composeSend(notifications, settings.credential, now);
  const tests = await testReceivers(receivers, { send, id: randomUUID(), publicUrl, now: now(), stop: stopped });
  const took = tests.filter(({ result }) => result === "sent" || result === "accepted").length;
  return ok({
    data: { receivers: tests },
    table: tests.map((one) => ({ ...one })),
    text: ({ width }) => [
      ...tests.flatMap((one) => wrapText(lineOf(one), width, "", "    ")),
      `${took} of ${tests.length} took it.`,
    ],
    exitCode: took === tests.length ? 0 : 3,
  });
}

function lineOf({ receiver, kind, result, because }: ReceiverTest): string {
  return cleanText(`${receiver} (${kind}): ${result}. ${because}`);
}
