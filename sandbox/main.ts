import { parseArgs } from "node:util";
import { loadWorld } from "./load-world.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import type { World } from "./world.ts";

/*
 * `npm run -s sandbox -- --world FILE [--port N] [--guest auto|modelled|pwsh]`
 * Prints one JSON line about the pretend Azure, then serves it until SIGTERM or SIGINT. Exit code 2: wrong usage.
 */

const usage = `Usage: npm run -s sandbox -- --world FILE [--port N] [--guest auto|modelled|pwsh] [--verbose]

  --world FILE   the world to serve, e.g. sandbox/worlds/several-faults.json
  --port N       the port on 127.0.0.1; any free one by default
  --guest KIND   who plays Windows: the real scripts under pwsh, or their model; auto takes pwsh where it is
  --verbose      tell on standard error what happens`;

type Guest = "auto" | "modelled" | "pwsh";

function refuse(problem: string): never {
  console.error(problem);
  process.exit(2);
}

function readArguments(): { world: World; port: number; guest: Guest; verbose: boolean } {
  const { world, port, guest, verbose, help } = parseFlags();
  if (help) {
    console.log(usage);
    process.exit(0);
  }
  if (world === undefined) refuse(`Name a world file.\n\n${usage}`);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535)
    refuse(`--port must be a number from 0 to 65535, not "${port}".`);
  if (guest !== "auto" && guest !== "modelled" && guest !== "pwsh") {
    refuse(`--guest must be auto, modelled or pwsh, not "${guest}".`);
  }
  const loaded = loadWorld(world);
  if (!loaded.ok) {
    refuse(`The world file ${world} cannot be used:\n${loaded.problems.map((problem) => `  ${problem}`).join("\n")}`);
  }
  return { world: loaded.world, port: Number(port), guest, verbose };
}

function parseFlags() {
  try {
    return parseArgs({
      options: {
        world: { type: "string" },
        port: { type: "string", default: "0" },
        guest: { type: "string", default: "auto" },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

/** What a person, a script or a pipeline needs to use the sandbox, as one JSON object. */
function introduce(sandbox: Sandbox): object {
  const { world, endpoint, caFile, guest, tenantId, env, operator, vms } = sandbox;
  const cloud = "rdp-sandbox";
  return {
    world: world.name,
    guest,
    endpoint,
    caFile,
    tenantId,
    vms: vms.map(({ id }) => id),
    env,
    az: {
      // A configuration folder of its own: the real clouds and sign-ins of this machine stay as they are.
      env: { AZURE_CONFIG_DIR: `${caFile}.az`, REQUESTS_CA_BUNDLE: caFile },
      // The AD FS form of the authority: az asks the public cloud about any other one that it does not know.
      commands: [
        `az cloud register --name ${cloud} --endpoint-resource-manager ${endpoint} --endpoint-active-directory ${endpoint}/adfs --endpoint-active-directory-resource-id https://management.core.windows.net/ --endpoint-active-directory-graph-resource-id ${endpoint}/`,
        `az cloud set --name ${cloud}`,
        `az login --service-principal --username ${operator.clientId} --password=${operator.secret} --tenant ${tenantId}`,
        `az vm get-instance-view --ids ${vms[0]?.id}`,
      ],
    },
  };
}

const { world, port, guest, verbose } = readArguments();
try {
  const sandbox = await startSandbox({ world, port, guest, ...(verbose && { log: (line) => console.error(line) }) });
  console.log(JSON.stringify(introduce(sandbox)));
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void sandbox.close().then(() => process.exit(0)));
  }
} catch (error) {
  console.error(`The sandbox cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(3);
}
