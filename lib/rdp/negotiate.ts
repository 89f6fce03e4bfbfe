import type { Socket } from "node:net";
import type { Answer } from "./report.ts";
import { failedStage, ok, type StageResult, waitForEvents } from "./stage-result.ts";
import { encodeRequest, type Protocol, protocolBits, readConfirm } from "./x224.ts";

/** Sends one connection request and reads its answer, without consuming bytes after it. */
export async function negotiateProtocol(
  socket: Socket,
  requested: readonly Protocol[],
  limit: AbortSignal,
): Promise<Answer> {
  let received = Buffer.alloc(0);
  const answered = waitForEvents<Answer>(socket, limit, {
    data: (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const answer = judge(received, requested);
      if (answer) socket.pause();
      return answer;
    },
    end: () =>
      failedStage(
        "closed",
        received.length === 0 ? "closed without an answer" : `closed after ${received.length} bytes`,
      ),
  });
  socket.write(encodeRequest(requested));
  const answer = await answered;
  return answer.ok ? answer.value : { kind: "broken", failure: answer.failure };
}

function judge(received: Buffer, requested: readonly Protocol[]): StageResult<Answer> | undefined {
  const reading = readConfirm(received);
  switch (reading.state) {
    case "incomplete":
      return;
    case "malformed":
      return failedStage("malformed", `the answer is not RDP: ${reading.because}`);
    case "disconnect":
      return failedStage("disconnected", "answered by a disconnect instead of a confirm");
    case "complete": {
      const { confirm } = reading;
      if (confirm.kind === "chosen" && confirm.protocol !== "PROTOCOL_RDP" && !requested.includes(confirm.protocol)) {
        return failedStage(
          "malformed",
          `it chose ${confirm.protocol} (${protocolBits[confirm.protocol]}), which was not asked for`,
        );
      }
      return ok(confirm);
    }
  }
}
