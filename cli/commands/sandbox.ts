import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { waitForAbort } from "../local-runs.ts";
import { guestVariable, worldVariable } from "../place.ts";
import type { Layout } from "../render/layout.ts";
import { renderSection } from "../render/section.ts";
import { renderSimulated } from "../render/simulated.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { type CallSandbox, shippedWorlds, startCallSandbox } from "../sandbox.ts";

/** Keeps a simulated Azure open until Ctrl-C, and prints how a second terminal uses it. */
export async function keepSandbox({ operand, options, terminal }: Request): Promise<Result<Report>> {
  if (operand === undefined) {
    return fail("invalid-input", `Which world? Give a world file, or one of: ${shippedWorlds().join(", ")}.`);
  }
  const started = await startCallSandbox(operand, options.guest);
  if (!started.ok) return started;
  const folder = mkdtempSync(join(tmpdir(), "rdp-sandbox-"));
  try {
    const files = writeScripts(folder, variablesOf(started.value, join(folder, "runs.sqlite")));
    terminal.out.write(`${howToUse(started.value, files, terminal).join("\n")}\n`);
    await waitForAbort(terminal.stopped);
    return ok({ data: null, text: () => ["The sandbox has ended, and its runs with it."], exitCode: 0 });
  } finally {
    await started.value.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What makes a terminal use this sandbox as Azure, with a store of runs of its own. */
function variablesOf({ sandbox, simulation }: CallSandbox, database: string): Record<string, string> {
  return {
    ...sandbox.env,
    RDP_REMEDIATION_DATABASE: database,
    [worldVariable]: simulation.world,
    [guestVariable]: simulation.guest,
  };
}

/** The variables as one script for each kind of shell. Only their owner may read them: they hold a secret. */
function writeScripts(folder: string, variables: Record<string, string>): { posix: string; powershell: string } {
  const files = { posix: join(folder, "use.sh"), powershell: join(folder, "use.ps1") };
  const lines = (line: (name: string, value: string) => string) =>
    `${Object.entries(variables)
      .map(([name, value]) => line(name, value))
      .join("\n")}\n`;
  const write = (file: string, text: string) => writeFileSync(file, text, { mode: 0o600 });
  write(
    files.posix,
    lines((name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`),
  );
  write(
    files.powershell,
    lines((name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`),
  );
  return files;
}

function howToUse(
  { sandbox, simulation }: CallSandbox,
  files: { posix: string; powershell: string },
  { program, out: { layout } }: Request["terminal"],
): string[] {
  const block = (title: string, lines: string[], shown: Layout = layout) =>
    renderSection(
      title,
      lines.map((line) => `  ${line}`),
      shown,
    );
  return [
    ...renderSimulated({ program, sandbox: simulation }, layout),
    "Open until Ctrl-C. Its runs are stored apart from those of the real Azure, and end with it.",
    ...block("In a second terminal, bash or zsh", [`. ${files.posix}`]),
    ...block("In a second terminal, PowerShell", [`. ${files.powershell}`]),
    ...block(
      "Then, for example",
      sandbox.vms.flatMap(({ id }) => [`${program} diagnose ${id}`, `${program} repair ${id}`]),
    ),
  ];
}
