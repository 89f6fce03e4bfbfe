import { maximumReplyBytes, replyMarker } from "../../lib/guest/protocol.ts";
import { hasPwsh } from "../fixtures/pwsh.ts";
import { readWorld, serveWorld, worldNames } from "../fixtures/sandbox-service.ts";
import { type Benchmark, measureTime } from "./benchmark.ts";

/** The longest reply line of a guest during the repairs of all shipped worlds. */
export const replySize: Benchmark = {
  names: ["reply.largest-bytes"],
  async run() {
    let largest = 0;
    for (const name of worldNames()) {
      const service = await serveWorld(readWorld(name), hasPwsh ? "pwsh" : "modelled");
      try {
        await service.run("repair");
        for (const { stdout } of service.sandbox.scriptRuns) {
          const line = stdout.split("\n").find((one) => one.startsWith(replyMarker));
          if (line) largest = Math.max(largest, Buffer.byteLength(line));
        }
      } finally {
        await service.close();
      }
    }
    const guest = hasPwsh ? "real scripts under pwsh" : "modelled guest";
    const goal = `at most ${maximumReplyBytes} (${guest})`;
    return [measureTime("reply.largest-bytes", largest, "bytes", goal, maximumReplyBytes)];
  },
};
