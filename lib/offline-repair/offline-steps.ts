import { z } from "zod";
import { word } from "../core/az-commands.ts";
import type { Finding } from "../core/finding.ts";
import type { ClientError } from "../core/run.ts";
import type { VmId } from "../core/vm-id.ts";
import { traitsOf } from "../core/vm-kinds.ts";
import { explainHint } from "../error-codes/explain-hint.ts";
import { type RepairScript, repairScriptMap, repairScripts } from "./repair-scripts.ts";

const articles =
  "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/HEAD/support/azure/virtual-machines/windows";

/** One step for a VM whose agent does not answer, so that no Run Command can be sent. */
export const OfflineStep = z
  .strictObject({
    title: z.string(),
    why: z.string(),
    changes: z.enum(["nothing", "windows", "network-interface", "disk"]).describe("What it changes."),
    commands: z
      .array(z.string())
      .describe("For the Azure CLI, with the names of the VM; or for the console, where `title` says so."),
    source: z.string(),
  })
  .meta({ id: "OfflineStep" });
export type OfflineStep = z.infer<typeof OfflineStep>;

export interface OfflineCase {
  readonly vm: VmId;
  readonly findings: readonly Finding[];
  readonly clientError: ClientError | undefined;
}

/**
 * What to do without the agent, the least invasive step first; empty when the agent is not known to be at fault. An error
 * of the client that proves an answer of the VM proves that its network works: then the agent comes before the network.
 */
export function offlineSteps({ vm, findings, clientError }: OfflineCase): OfflineStep[] {
  const isDead = findings.some(({ check, verdict }) => check === "guest-agent-is-ready" && verdict === "faulty");
  if (!isDead || !traitsOf(vm).hasOfflineRepair) return [];
  const answers = clientError !== undefined && provesAnAnswer(clientError);
  const names = `--resource-group ${word(vm.resourceGroup)} --name ${word(vm.name)} --subscription ${vm.subscriptionId}`;
  const repairs = answers ? [] : [resetInterface(names)];
  return [look(names), serialConsole(names, answers), ...repairs, repairDisk(names, answers)];
}

/** Sides of a connection that are only reached when the VM has answered. */
const behindNetwork: readonly string[] = ["listener", "tls", "nla", "log-on", "licence", "session"];

function provesAnAnswer(clientError: ClientError): boolean {
  const [first] = explainHint(clientError).causes;
  return first !== undefined && behindNetwork.includes(first.side);
}

function look(names: string): OfflineStep {
  return {
    title: "Look at the screen and the boot log",
    why: "They show whether Windows has started, repairs itself, installs updates, restarts again and again or is in Safe Mode. Waiting may be all that is needed. The second command gives the address of the screenshot.",
    changes: "nothing",
    commands: [
      `az vm boot-diagnostics get-boot-log ${names}`,
      `az vm boot-diagnostics get-boot-log-uris ${names} --query consoleScreenshotBlobUri --output tsv`,
    ],
    source: `${articles}/serial-console-overview.md`,
  };
}

function serialConsole(names: string, answers: boolean): OfflineStep {
  const network = [
    "ipconfig /all",
    "netsh interface show interface",
    'netsh interface set interface name="Ethernet" admin=enabled',
    'netsh interface ip set address name="Ethernet" source=dhcp',
    'netsh interface ip set dnsservers name="Ethernet" source=dhcp',
    "sc query Dhcp",
  ];
  const agent = [
    "sc query RdAgent",
    "sc query WindowsAzureGuestAgent",
    "net start RdAgent",
    "net start WindowsAzureGuestAgent",
  ];
  return {
    title: "Open the serial console, type cmd, then ch -si 1, sign in, and run these commands",
    why: answers
      ? "It needs neither the network nor the agent. The VM answered the client, so look at the agent first."
      : "It needs neither the network nor the agent. A static address that differs from that of the network interface, a disabled adapter or a stopped DHCP client makes both unreachable.",
    changes: "windows",
    commands: [`az serial-console connect ${names}`, ...(answers ? [...agent, ...network] : [...network, ...agent])],
    source: `${articles}/serial-console-cmd-ps-commands.md`,
  };
}

function resetInterface(names: string): OfflineStep {
  return {
    title: "Reset the network interface",
    why: "Azure gives the VM a new network adapter, which gets its address by DHCP: it repairs a static address and a disabled adapter in Windows. The VM restarts.",
    changes: "network-interface",
    commands: [`az vm repair reset-nic ${names} --yes`],
    source: `${articles}/reset-network-interface.md`,
  };
}

function repairDisk(names: string, answers: boolean): OfflineStep {
  const rank: Readonly<Record<RepairScript["repairs"], number>> = answers
    ? { nothing: 0, agent: 1, settings: 2, start: 3, network: 4 }
    : { nothing: 0, network: 1, agent: 2, start: 3, settings: 4 };
  // win-sac-on repairs nothing and is needed only for the console: it stays where the table has it, behind the logs.
  const ranked = repairScripts.toSorted((one, other) => rank[one.repairs] - rank[other.repairs]);
  return {
    title: "Repair the disk of the operating system on another VM",
    why: `A copy of the disk is attached to a repair VM, one or more of these scripts run on it, and the disk is swapped back. The VM is down while it is swapped. The ids are those of the list of ${repairScriptMap.readOn}; az vm repair list-scripts shows the current ones.`,
    changes: "disk",
    commands: [
      `az vm repair create ${names} --verbose`,
      ...ranked.map(({ runId, when }) => `az vm repair run ${names} --run-on-repair --run-id ${runId} # when ${when}`),
      `az vm repair restore ${names} --verbose`,
    ],
    source: `${articles}/repair-windows-vm-using-azure-virtual-machine-repair-commands.md`,
  };
}
