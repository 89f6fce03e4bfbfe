import { randomBytes } from "node:crypto";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { z } from "zod";
import { composeScript, readRequest } from "../../lib/guest/compose.ts";
import { compressScript, decompressScript } from "../../lib/guest/compressed-script.ts";
import type { WindowsProcess } from "../windows/simulator.ts";
import { type Guest, noOutput } from "./guest.ts";
import { pwshHost } from "./pwsh-host.ts";
import { requestText, simulatorPort, simulatorToken, withStubs } from "./pwsh-stubs.ts";
import { scriptFile } from "./script-file.ts";

/**
 * The real scripts under PowerShell 7, one runspace each, over a simulated Windows. `prelude` is PowerShell that runs
 * before them in the same scope, as a profile would.
 */
export function pwshGuest(program: string, prelude = ""): Guest {
  return {
    kind: "pwsh",
    async run(windows, script) {
      const ours = readRequest(script);
      const unpacked = decompressScript(script);
      const whole = unpacked ?? script;
      if (!ours || composeScript(ours.script, ours.request) !== whole) return noOutput;
      const windowsProcess = windows.startProcess();
      const server = await serve(windowsProcess);
      try {
        const stubbed = withStubs(whole);
        const file = scriptFile(unpacked === null ? stubbed.script : compressScript(ours.script, stubbed.script));
        return await pwshHost(program).run(prelude ? scriptFile(`${prelude}\n. '${file}'\n`) : file, {
          [simulatorPort]: String(server.port),
          [simulatorToken]: server.token,
          [requestText]: stubbed.request,
        });
      } finally {
        server.close();
        windowsProcess.end();
      }
    },
  };
}

/** Answers calls of the Windows adapter on the loopback interface, one line of JSON each, to a caller that has the token. */
async function serve(windows: WindowsProcess): Promise<{ port: number; token: string; close(): void }> {
  const token = randomBytes(24).toString("base64url");
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // A script that ends, or is ended, resets its connection; the interface repeats that error of its input.
    const drop = () => socket.destroy();
    const lines = createInterface({ input: socket.on("error", drop) }).on("error", drop);
    lines.on("line", (line) => {
      const call = readCall(line, token);
      if (call) socket.write(`${answerTo(windows, call)}\n`);
      else drop();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    token,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const Call = z.object({ token: z.string(), name: z.string(), parameters: z.record(z.string(), z.unknown()) });

/** `null` when it is not a call of the script that was given the token. */
function readCall(line: string, token: string): z.infer<typeof Call> | null {
  try {
    const call = Call.parse(JSON.parse(line));
    return call.token === token ? call : null;
  } catch {
    return null;
  }
}

/** One line: JSON, or empty for nothing. */
function answerTo(windows: WindowsProcess, call: z.infer<typeof Call>): string {
  try {
    const value = windows.call(call.name, call.parameters) ?? null;
    return value === null ? "" : JSON.stringify({ value });
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
  }
}
