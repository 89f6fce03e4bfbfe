import { existsSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { fail, ok, type Result } from "../lib/core/problem.ts";
import { parseVmId } from "../lib/core/vm-id.ts";
import { listShippedFiles, readShippedFile } from "../lib/files/shipped-files.ts";
import { readSettings, type Settings } from "../lib/settings.ts";
import type { Guest } from "../sandbox/guest/guest.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { World } from "../sandbox/world.ts";
import type { Options } from "./options.ts";
import type { Simulation } from "./render/next-steps.ts";
import { sandboxNotifications } from "./sandbox-receivers.ts";
import { suggest } from "./suggest.ts";

/** A simulated Azure for one call of the program, and the settings that point to it. */
export interface CallSandbox {
  readonly sandbox: Sandbox;
  readonly settings: Settings;
  readonly simulation: Simulation;
  close(): Promise<void>;
}

/**
 * Starts the world that `--sandbox` names and points this process to it instead of Azure. The sandbox is imported
 * dynamically, because most calls need none of it.
 */
export async function startCallSandbox(
  name: string,
  guest: Options["guest"],
  /** Where links of notifications lead; absent: nobody is told. */
  { pagesUrl }: { readonly pagesUrl?: string } = {},
): Promise<Result<CallSandbox>> {
  const found = await readWorld(name);
  if (!found.ok) return found;
  const windows = await findGuest(guest);
  if (!windows.ok) return windows;
  const { startSandbox } = await import("../sandbox/sandbox.ts");
  const sandbox = await startSandbox({ world: found.value, guest: windows.value });
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
    settings: pagesUrl
      ? { ...settings.value, pagesUrl, notifications: sandboxNotifications(sandbox, pagesUrl) }
      : settings.value,
    simulation: { world: name, guest: sandbox.guest, firstVm: firstVm.value },
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

/** The names of the shipped worlds. */
export function shippedWorlds(): string[] {
  return listShippedFiles("sandbox/worlds").flatMap((file) => /^([\w-]+)\.json$/.exec(file)?.[1] ?? []);
}

/** A shipped world by its name, or the world of a file. */
async function readWorld(name: string): Promise<Result<World>> {
  const { loadWorld, parseWorldText } = await import("../sandbox/load-world.ts");
  const isShipped = shippedWorlds().includes(name);
  if (!isShipped && !existsSync(name)) {
    return fail(
      "invalid-input",
      `There is no world "${name}": it is neither a file nor a shipped world. ${suggest(name, shippedWorlds())}`,
    );
  }
  const loaded = isShipped ? parseWorldText(readShippedFile(`sandbox/worlds/${name}.json`)) : loadWorld(name);
  if (loaded.ok) return ok(loaded.world);
  const [first, ...more] = loaded.problems;
  const others = more.length > 0 ? ` (and ${more.length} more)` : "";
  return fail(
    "invalid-input",
    `The world file "${name}" cannot be used: ${first}${others}. Correct it by sandbox/world.schema.json.`,
  );
}
