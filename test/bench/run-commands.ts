import { readWorld, serveWorld, worldNames } from "../fixtures/sandbox-service.ts";
import { type Benchmark, measureTime } from "./benchmark.ts";

/** How many repairs of shipped worlds end well, and how many of these need a second look, which is a third Run Command. */
export const runCommands: Benchmark = {
  names: ["repair.third-run-commands"],
  async run() {
    let repaired = 0;
    const second: string[] = [];
    for (const name of worldNames()) {
      const service = await serveWorld(readWorld(name), "modelled");
      try {
        const run = await service.run("repair");
        if (run.outcome?.kind !== "repaired") continue;
        repaired += 1;
        const said = run.log.find(({ message }) => message.includes("looking again"))?.message;
        if (said) second.push(`${name}: ${said}`);
      } finally {
        await service.close();
      }
    }
    const why = second.length > 0 ? `; ${second.join("; ")}` : "";
    const goal = `0 (a second look names the sections that had no room${why})`;
    return [measureTime("repair.third-run-commands", second.length, `of ${repaired} repairs`, goal)];
  },
};
