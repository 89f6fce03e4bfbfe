import packageJson from "../package.json" with { type: "json" };
import { type CommandName, commandNames, commandOf } from "./command-table.ts";
import { flagOf } from "./flags.ts";
import type { Layout } from "./render/layout.ts";
import { renderCommand, renderSection } from "./render/section.ts";
import { wrapText } from "./render/wrap.ts";

const purpose =
  "Diagnoses why Remote Desktop fails on a Windows VM on Azure, repairs it through Run Command with the least invasive change, proves the repair by a handshake, and can undo it.";

export const version = packageJson.version;

const exitCodes = [
  ["0", "healthy, repaired or undone; shown or listed"],
  ["1", "a fault remains, or a decision is needed"],
  ["2", "invalid command line; nothing was done"],
  ["3", "the work failed, or its result is unknown"],
  ["130", "stopped by Ctrl-C; a run that has begun to change the VM can be resumed"],
] as const;

const environment = [
  ["AZURE_*", "sign-in as the Azure SDKs read it; without it, az login"],
  ["RDP_REMEDIATION_CLOUD", "AzureCloud, AzureUSGovernment or AzureChinaCloud"],
  ["RDP_REMEDIATION_CREDENTIAL", "default or managed-identity"],
  ["RDP_REMEDIATION_DATABASE", "the file that stores the runs"],
  ["RDP_REMEDIATION_PROFILE", "the profile to use; RDP_REMEDIATION_CONFIG: the file that keeps the profiles"],
  ["RDP_REMEDIATION_TOKEN", "--service: an access token, instead of a sign-in"],
  ["RDP_REMEDIATION_TENANT_ID", "serve: the tenant whose identities may call the API"],
  ["RDP_REMEDIATION_AUDIENCES", "serve: accepted audiences of tokens, e.g. api://CLIENT-ID"],
  ["NO_COLOR", "no colours"],
] as const;

/** The help of the program: commands, exit codes and environment variables. */
export function renderHelp(program: string, layout: Layout): string[] {
  const commands = commandNames.map((name) => {
    const { operand, summary } = commandOf(name);
    return [operand ? `${name} ${operand}` : name, summary] as const;
  });
  return [
    ...wrapText(purpose, layout.width),
    ...renderSection("Usage", [`  ${program} COMMAND [flags]`], layout),
    ...renderSection("Commands", table(commands, layout), layout),
    "",
    ...wrapText(
      "VM is a resource id, or --subscription, --resource-group and --name. RUN is the id of a run.",
      layout.width,
    ),
    ...renderSection("Try it without Azure", [`  ${program} repair --sandbox several-faults`], layout),
    ...renderSection("Exit codes", table(exitCodes, layout), layout),
    ...renderSection("Environment", table(environment, layout), layout),
    "",
    `Help for one command: ${program} COMMAND --help`,
  ];
}

/** The help of one command: its description, flags and examples. */
export function renderCommandHelp(name: CommandName, program: string, layout: Layout): string[] {
  const { operand, summary, details, flags, examples } = commandOf(name);
  const rows = flags.map((flag) => {
    const { value, help, short } = flagOf(flag);
    return [`--${flag}${short ? `, -${short}` : ""}${value ? ` ${value}` : ""}`, help] as const;
  });
  return [
    ...wrapText(`${summary} ${details}`, layout.width),
    ...renderSection("Usage", [`  ${program} ${name}${operand ? ` ${operand}` : ""} [flags]`], layout),
    ...renderSection("Flags", table(rows, layout), layout),
    ...renderSection(
      "Examples",
      examples.flatMap((parts) => renderCommand([`${program} ${parts[0]}`, ...parts.slice(1)], layout)),
      layout,
    ),
  ];
}

function table(rows: readonly (readonly [string, string])[], { width }: Layout): string[] {
  const column = 2 + Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.flatMap(([left, right]) => wrapText(right, width, `  ${left}`.padEnd(column), " ".repeat(column)));
}
