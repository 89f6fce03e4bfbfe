import { bannerOf } from "./banner.ts";
import { readCommandLine, usage } from "./command-line.ts";
import { startSandbox } from "./sandbox.ts";

/*
 * `npm run -s sandbox -- --world FILE [--port N] [--guest auto|modelled|pwsh]`
 * Prints one line of JSON about the simulated Azure, then serves it until SIGTERM or SIGINT.
 * Exit codes: 0 stopped by a signal, 2 invalid usage or world file, 3 could not start.
 */

const asked = readCommandLine(process.argv.slice(2));
if (asked.kind === "refused") {
  console.error(asked.problem);
  process.exitCode = 2;
} else if (asked.kind === "help") {
  console.log(usage);
} else {
  await serve(asked);
}

async function serve({ world, port, guest, verbose }: Extract<typeof asked, { kind: "serve" }>): Promise<void> {
  try {
    const sandbox = await startSandbox({ world, port, guest, ...(verbose && { log: (line) => console.error(line) }) });
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void sandbox.close());
    console.log(JSON.stringify(bannerOf(sandbox)));
  } catch (error) {
    console.error(`The sandbox cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 3;
  }
}
