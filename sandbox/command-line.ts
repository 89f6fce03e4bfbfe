import { parseArgs } from "node:util";
import { loadWorld } from "./load-world.ts";
import type { SandboxOptions } from "./sandbox.ts";
import type { World } from "./world.ts";

export const usage = `Usage: npm run -s sandbox -- --world FILE [--port N] [--guest auto|modelled|pwsh] [--verbose]

  --world FILE   the world to serve, e.g. sandbox/worlds/several-faults.json
  --port N       the port on 127.0.0.1; any free one by default
  --guest KIND   who plays Windows: the real scripts under pwsh, or their model; auto takes pwsh where it is
  --verbose      tell on standard error what happens
  --help         this text`;

export type CommandLine =
  | { kind: "serve"; world: World; port: number; guest: Exclude<SandboxOptions["guest"], object>; verbose: boolean }
  | { kind: "help" }
  /** The message for the user; it may have several lines. */
  | { kind: "refused"; problem: string };

/** Parses the flags and reads the world file. */
export function readCommandLine(args: string[]): CommandLine {
  const flags = parseFlags(args);
  if ("problem" in flags) return refuse(`${flags.problem}\n\n${usage}`);
  const { world: file, port, guest, verbose, help } = flags;
  if (help) return { kind: "help" };
  if (file === undefined) return refuse(`Name a world file.\n\n${usage}`);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    return refuse(`--port must be a number from 0 to 65535, not "${port}".`);
  }
  if (guest !== "auto" && guest !== "modelled" && guest !== "pwsh") {
    return refuse(`--guest must be auto, modelled or pwsh, not "${guest}".`);
  }
  const loaded = loadWorld(file);
  if (loaded.ok) return { kind: "serve", world: loaded.world, port: Number(port), guest, verbose };
  return refuse([`The world file ${file} cannot be used:`, ...loaded.problems].join("\n  "));
}

function parseFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        world: { type: "string" },
        port: { type: "string", default: "0" },
        guest: { type: "string", default: "auto" },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function refuse(problem: string): CommandLine {
  return { kind: "refused", problem };
}
