import { toEvent } from "./event.ts";
import type { Attempt, Send } from "./ports.ts";
import type { Receiver } from "./receiver.ts";

export interface ReceiverTest {
  readonly receiver: string;
  readonly kind: Receiver["kind"];
  readonly result: Attempt["kind"];
  readonly because: string;
}

/** Sends an event to each receiver, whatever its rules, and tells what each answered. `id` is a UUID. */
export async function testReceivers(
  receivers: readonly Receiver[],
  { send, id, publicUrl, now, stop }: { send: Send; id: string; publicUrl: string; now: Date; stop: AbortSignal },
): Promise<ReceiverTest[]> {
  const event = toEvent(
    {
      name: "test",
      data: {
        severity: "informational",
        title: "A test of the notifications of RDP Remediation",
        summary: "Nothing has happened. This receiver gets notifications.",
        vm: null,
        run: null,
        operation: null,
        plan: null,
        lockouts: [],
        link: `${publicUrl}/app/`,
      },
    },
    { source: publicUrl, subject: id, sequence: 1, at: now.toISOString() },
  );
  return Promise.all(
    receivers.map(async (receiver) => {
      const { kind, because } = await send(receiver, event, stop);
      return { receiver: receiver.name, kind: receiver.kind, result: kind, because };
    }),
  );
}
