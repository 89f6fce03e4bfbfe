import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { fail, ok, type Result } from "../lib/core/problem.ts";
import { parseVmId } from "../lib/core/vm-id.ts";
import { readSettings, type Settings } from "../lib/settings.ts";
import type { Guest } from "../sandbox/guest/guest.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { World } from "../sandbox/world.ts";
import type { Options } from "./flags.ts";
import type { Simulation } from "./render/next-steps.ts";

/** A simulated Azure for one call of the program, and the settings that point to it. */
export interface CallSandbox {
  readonly sandbox: Sandbox;
  readonly settings: Settings;
  readonly simulation: Simulation;
  close(): Promise<void>;
}

/**
 * Starts the world that `--sandbox` names and points this process to it instead of Azure. The sandbox is imported
 * dynamically, and only here, because it is not shipped.
 */
export async function startCallSandbox(name: string, guest: Options["guest"]): Promise<Result<CallSandbox>> {
  const found = await readWorld(name);
  if (!found.ok) return found;
  const { file, world } = found.value;
  const windows = await findGuest(guest);
  if (!windows.ok) return windows;
  const { startSandbox } = await import("../sandbox/sandbox.ts");
  const sandbox = await startSandbox({ world, guest: windows.value });
  setDefaultCACertificates([...getCACertificates("default"), sandbox.caPem]);
  Object.assign(process.env, sandbox.env);
  const firstVm = parseVmId(sandbox.vms[0]?.id ?? "");
  const settings = readSettings({
    ...sandbox.env,
    RDP_REMEDIATION_DATABASE: ":memory:",
    // A sandbox cannot be harmed, so alerts may do here all that they may do anywhere.
    RDP_REMEDIATION_ALERT_SCOPES: sandbox.vms.map(({ subscriptionId }) => `/subscriptions/${subscriptionId}`).join(","),
    RDP_REMEDIATION_ALERT_UNTAGGED: "repair",
  });
  if (!firstVm.ok || !settings.ok) {
    await sandbox.close();
    return firstVm.ok ? fail("internal", "The settings of the sandbox are invalid.") : firstVm;
  }
  return ok({
    sandbox,
    settings: settings.value,
    simulation: { world: name, file, guest: sandbox.guest, firstVm: firstVm.value },
    close: () => sandbox.close(),
  });
}

async function findGuest(wanted: Options["guest"]): Promise<Result<Guest>> {
  const { chooseGuest } = await import("../sandbox/guest/choose-guest.ts");
  try {
    return ok(chooseGuest(wanted));
  } catch (error) {
    return fail("invalid-input", error instanceof Error ? error.message : String(error));
  }
}

const shippedWorlds = fileURLToPath(new URL("../sandbox/worlds/", import.meta.url));

async function readWorld(name: string): Promise<Result<{ file: string; world: World }>> {
  const shipped = readdirSync(shippedWorlds).flatMap((file) => /^([\w-]+)\.json$/.exec(file)?.[1] ?? []);
  const file = shipped.includes(name) ? relative(".", join(shippedWorlds, `${name}.json`)) : name;
  if (!existsSync(file)) {
    return fail(
      "invalid-input",
      `There is no world "${name}": it is neither a file nor a shipped world. The shipped worlds are: ${shipped.join(", ")}.`,
    );
  }
  const { loadWorld } = await import("../sandbox/load-world.ts");
  const loaded = loadWorld(file);
  if (loaded.ok) return ok({ file, world: loaded.world });
  const [first, ...more] = loaded.problems;
  const others = more.length > 0 ? ` (and ${more.length} more)` : "";
  return fail(
    "invalid-input",
    `The world file "${name}" cannot be used: ${first}${others}. Correct it by sandbox/world.schema.json.`,
  );
}
