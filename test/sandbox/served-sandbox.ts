import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Banner } from "../../sandbox/banner.ts";

/** The sandbox as a program of its own, serving a shipped world. Whoever starts it ends it. */
export async function serveWorld(world: string, ...flags: string[]) {
  const child: ChildProcess & { stdout: NodeJS.ReadableStream } = spawn(
    process.execPath,
    ["sandbox/main.ts", "--world", `sandbox/worlds/${world}.json`, ...flags],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => lines.push(line));
  const [first] = await once(reader, "line");
  return { child, lines, introduction: JSON.parse(first) as Banner };
}
