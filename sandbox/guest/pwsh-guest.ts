import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { composeScript, readRequest } from "../../lib/guest/compose.ts";
import type { WindowsProcess } from "../windows/simulator.ts";
import { type Guest, type ScriptOutput, silence } from "./guest.ts";
import { simulatorPort, simulatorToken, withStubs } from "./pwsh-stubs.ts";

/** The real scripts under PowerShell 7, one process each, over a simulated Windows. */
export function pwshGuest(program: string): Guest {
  return {
    kind: "pwsh",
    async run(windows, script) {
      const ours = readRequest(script);
      if (!ours || composeScript(ours.script, ours.request) !== script) return silence;
      const windowsProcess = windows.startProcess();
      const server = await serve(windowsProcess);
      const folder = await mkdtemp(join(tmpdir(), "rdp-sandbox-"));
      try {
        const file = join(folder, "script.ps1");
        await writeFile(file, withStubs(script));
        return await execute(program, file, { [simulatorPort]: String(server.port), [simulatorToken]: server.token });
      } finally {
        server.close();
        windowsProcess.end();
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** PowerShell says nothing of its own, calls nobody, and does not measure code that runs once: a quarter of its time. */
const quiet = {
  NO_COLOR: "1",
  POWERSHELL_TELEMETRY_OPTOUT: "1",
  POWERSHELL_UPDATECHECK: "Off",
  DOTNET_TieredPGO: "0",
};

function execute(program: string, file: string, env: Record<string, string>): Promise<ScriptOutput> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["-NoLogo", "-NoProfile", "-NonInteractive", "-File", file], {
      env: { ...process.env, ...quiet, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output.stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...output, exitCode: code ?? 1 }));
  });
}

/** Answers calls of the seam on the loopback interface, one line of JSON each, to whoever knows the token. */
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
      if (call) socket.write(`${JSON.stringify(reply(windows, call))}\n`);
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

function reply(windows: WindowsProcess, call: z.infer<typeof Call>) {
  try {
    return { value: windows.call(call.name, call.parameters) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
