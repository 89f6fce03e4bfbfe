import { once } from "node:events";
import { parseArgs } from "node:util";
import { composeLocal } from "../lib/compose.ts";
import { runDemo } from "./demo-story.ts";
import { flags, type Options } from "./flags.ts";
import { createNarrator, NotShown } from "./narrator.ts";
import { createProgress } from "./progress.ts";
import { cleanText } from "./render/clean.ts";
import { wrapText } from "./render/wrap.ts";
import { startCallSandbox } from "./sandbox.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

/*
 * `npm run demo [-- --guest auto|modelled|pwsh]`: diagnosis, repair and undo of one VM with three faults. Exit code 0
 * means that every claim of the demonstration was verified.
 */

const simulated = {
  modelled: "guest: modelled. A TypeScript model of the scripts does their work, on a simulated Windows.",
  pwsh: "guest: pwsh. The real scripts run in PowerShell 7, on a simulated Windows.",
};

async function play(guest: Options["guest"], { out, err, stopped }: Terminal): Promise<void> {
  const began = Date.now();
  const narrator = createNarrator(out);
  const started = await startCallSandbox("several-faults", guest);
  if (!started.ok) return narrator.giveUp(started.problem.message);
  const place = started.value;
  const progress = createProgress(err);
  try {
    narrator.title("RDP Remediation for Azure VMs: a demonstration");
    narrator.say("What is simulated here: Azure and Windows. Nothing leaves this machine.");
    narrator.say("Azure: a sandbox that speaks ARM over TLS on 127.0.0.1; the real Azure SDKs talk to it unchanged.");
    narrator.say(simulated[place.simulation.guest]);
    narrator.say("Real: the diagnosis, the plan, the run and its store, all as they work in the cloud.");
    narrator.say(`The VM: ${place.sandbox.world.description}`);
    const local = await composeLocal(place.settings, { onSaved: progress.saved });
    try {
      const interrupted = once(stopped, "abort").then(() => narrator.giveUp("it was stopped."));
      await Promise.race([runDemo({ ...place, local, progress, narrator }), interrupted]);
    } finally {
      progress.stop();
      await local.close();
    }
    narrator.title(`All of it shown in ${((Date.now() - began) / 1000).toFixed(0)} s`);
    narrator.say(
      `Once more: Azure was a sandbox, and no real Windows was touched. ${simulated[place.simulation.guest]}`,
    );
  } finally {
    await place.close();
  }
}

function readGuest(): Options["guest"] | null {
  try {
    const { values } = parseArgs({ options: { guest: { type: "string" } } });
    return flags.guest.schema.parse(values.guest);
  } catch {
    return null;
  }
}

async function main(terminal: Terminal): Promise<number> {
  const { layout, write } = terminal.err;
  const guest = readGuest();
  if (guest === null) {
    write("Usage: npm run demo [-- --guest auto|modelled|pwsh]\n");
    return 2;
  }
  try {
    await play(guest, terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof NotShown)) throw error;
    const text = `The demonstration did not show what it claims: ${cleanText(error.message)}`;
    write(`${wrapText(text, layout.width).join("\n")}\n`);
    return 1;
  }
}

process.exitCode = await main(processTerminal());
