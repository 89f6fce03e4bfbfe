import { readRequest } from "../../lib/guest/compose.ts";
import { answerRequest } from "./answer.ts";
import { encodeReply } from "./encode-reply.ts";
import { type Guest, noOutput } from "./guest.ts";

/** The model of the guest's scripts, for machines without PowerShell. */
export const modelledGuest: Guest = {
  kind: "modelled",
  async run(windows, script) {
    const ours = readRequest(script);
    if (!ours) return noOutput;
    const process = windows.startProcess();
    try {
      const reply = answerRequest(ours.script, ours.request, process.adapter);
      return { stdout: `${encodeReply(reply)}\n`, stderr: "", exitCode: 0 };
    } catch (error) {
      return { stdout: "", stderr: `${error instanceof Error ? error.message : error}\n`, exitCode: 1 };
    } finally {
      process.end();
    }
  },
};
