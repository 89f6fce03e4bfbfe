import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

/**
 * `npm run test:slow [-- FILTER...]` runs the end-to-end tests, or those that are named, beside twice as many busy
 * processes as there are cores: what passes there does not depend on how fast the machine is.
 */
const filters = process.argv.slice(2);
const chosen = filters.length > 0 ? filters : ["test/e2e", "test/local", "test/sandbox", "test/network/worlds.test.ts"];
const root = fileURLToPath(new URL("../", import.meta.url));
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));

/** Turns without end, but for a look now and then at whether its parent is still there. */
const turn = `
  process.stdin.resume().on("end", () => process.exit());
  (function turn() {
    for (const end = performance.now() + 200; performance.now() < end; );
    setImmediate(turn);
  })();
`;

const busy: ChildProcess[] = Array.from({ length: 2 * availableParallelism() }, () =>
  spawn(process.execPath, ["-e", turn], { stdio: ["pipe", "ignore", "inherit"] }),
);
try {
  const tests = spawn(process.execPath, [vitest, "run", ...chosen], { cwd: root, stdio: "inherit" });
  const [code] = await once(tests, "close");
  process.exitCode = code ?? 1;
} finally {
  for (const one of busy) one.kill("SIGKILL");
}
