import { azDeleteExtension, azRemoveActionExtension, azRunCommand } from "../core/az-commands.ts";
import type { Problem } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import type { GuestChannel, HeldRunCommand, RunCommandLister, RunStore } from "./ports.ts";
import { isSpent } from "./spent-run-commands.ts";
import { settleMs } from "./timing.ts";

/*
 * What stands in the way of a Run Command that Azure refused. What this service left behind is removed; for everything
 * else the problem names the command that removes it.
 */

export interface ChannelPorts {
  readonly channel: Pick<GuestChannel, "discard">;
  /** Absent: nothing is looked for, and nothing removed. */
  readonly runCommands?: RunCommandLister;
  readonly store: Pick<RunStore, "get">;
}

/** How many are deleted at once: a repair needs three. Azure permits 12 writes on a VM in a row, then 4 a minute. */
const roomNeeded = 4;

/** The refusal, with what was done about it and what is left to do. */
export async function unblockChannel(refusal: Problem, run: Run, ports: ChannelPorts): Promise<Problem> {
  switch (refusal.code) {
    case "run-command-limit":
      return ports.runCommands ? makeRoom(refusal, run, { ...ports, runCommands: ports.runCommands }) : refusal;
    case "run-command-busy":
      return advised(
        refusal,
        `If it stays longer, a script hangs, e.g. because it asks for input: remove its extension, with "${azRemoveActionExtension(run.vm)}", or, where that is refused too, with "${azDeleteExtension(run.vm, "RunCommandWindows")}".`,
      );
    case "run-command-extension":
      return advised(
        refusal,
        `Where that takes more than some minutes, ask for it again: ${azDeleteExtension(run.vm, extensionIn(refusal))}.`,
      );
    default:
      return refusal;
  }
}

function advised(refusal: Problem, advice: string): Problem {
  return { ...refusal, message: `${refusal.message} ${advice}` };
}

function extensionIn({ message }: Problem): string {
  return /the extension (\S+) is being removed/.exec(message)?.[1] ?? "RunCommandWindows";
}

type RoomPorts = Required<ChannelPorts>;

async function makeRoom(refusal: Problem, { vm, updatedAt }: Run, ports: RoomPorts): Promise<Problem> {
  const held = await ports.runCommands.list(vm);
  if (!held.ok) return advised(refusal, `They could not be listed. ${held.problem.message}`);
  // Not later than now: what counts as spent then is so all the more.
  const at = new Date(updatedAt);
  const spent: HeldRunCommand[] = [];
  for (const one of held.value) if (await isSpent(one, ports.store, at)) spent.push(one);
  const oldest = spent.toSorted((a, b) => ((a.startedAt ?? "") < (b.startedAt ?? "") ? -1 : 1)).slice(0, roomNeeded);
  const deleted: string[] = [];
  for (const { name } of oldest) if ((await ports.channel.discard(vm, name)).ok) deleted.push(name);
  if (deleted.length > 0) {
    const message = `The VM held ${held.value.length} Run Commands, the most that Azure keeps. ${spent.length} of them were left behind by this service, and the oldest ${deleted.length} are being deleted.`;
    return { ...refusal, message, retryable: true, retryAfterMs: settleMs };
  }
  return { ...refusal, message: `${refusal.message} ${whoHoldsThem(held.value, vm)}` };
}

/** Whose they are, and the commands that list and delete them; one that has ended is named first. */
function whoHoldsThem(held: readonly HeldRunCommand[], vm: Run["vm"]): string {
  const ours = held.filter(({ isOurs }) => isOurs);
  const others = held.filter(({ isOurs }) => !isOurs).toSorted((a, b) => Number(b.hasEnded) - Number(a.hasEnded));
  const told = others.slice(0, 3).map(({ name, state }) => `${name} (${state})`);
  const more = others.length > told.length ? ` and ${others.length - told.length} more` : "";
  const [first] = others;
  const sentences = [
    ours.length > 0 && `${ours.length} of them are this service's and may still be at work.`,
    first && `${others.length} are not this service's: ${told.join(", ")}${more}.`,
    `List them: ${azRunCommand(vm, "list")}.`,
    first && `Delete those that nobody needs, e.g.: ${azRunCommand(vm, "delete", first.name)}.`,
  ];
  return sentences.filter(Boolean).join(" ");
}
