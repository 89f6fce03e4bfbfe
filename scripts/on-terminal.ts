import { runCli } from "../cli/cli.ts";
import { createLayout } from "../cli/render/layout.ts";
import { processTerminal } from "../cli/terminal.ts";

/* Runs the program as on a terminal in colour: node scripts/on-terminal.ts COLUMNS COMMAND ... */

const [columns = "80", ...args] = process.argv.slice(2);
const layout = createLayout({ columns: Number(columns), colour: true });
const terminal = processTerminal();
const out = { ...terminal.out, live: true, layout };
process.exitCode = await runCli(args, {
  ...terminal,
  program: "rdp-remediation",
  out,
  err: { ...terminal.err, live: true, write: () => {} },
});
