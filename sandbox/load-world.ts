import { readFileSync } from "node:fs";
import { z } from "zod";
import { networkContradictions } from "./azure/network/network-resources.ts";
import { windowsIssues } from "./windows-state.ts";
import { World } from "./world.ts";

/** The world, or all problems of the file, each as `path in the file: problem`. */
export type LoadedWorld = { ok: true; world: World } | { ok: false; problems: string[] };

export function loadWorld(file: string): LoadedWorld {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return refuse([`(whole file): cannot be read: ${messageOf(error)}`]);
  }
  return parseWorldText(text);
}

/** The same for a world that is no file of its own: a shipped one. */
export function parseWorldText(text: string): LoadedWorld {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse([`(whole file): is not JSON: ${messageOf(error)}`]);
  }
  return parseWorld(json);
}

export function parseWorld(json: unknown): LoadedWorld {
  const parsed = World.safeParse(json);
  if (!parsed.success) return refuse(describe(parsed.error.issues));
  const world = parsed.data;
  const names = world.vms.map(
    ({ subscriptionId, resourceGroup, name }) => `${subscriptionId}/${resourceGroup}/${name}`,
  );
  const again = [...twice(names), ...world.vms.flatMap((vm, index) => instanceProblems(world, vm, index))];
  if (again.length > 0) return refuse(again);
  const problems = world.vms.flatMap((vm, index) => [
    ...describe(windowsIssues(vm), ["vms", index, "windows", "set"]),
    ...networkContradictions(world, vm).map((id) => `vms[${index}].network: describes ${id} twice, and differently`),
  ]);
  return problems.length > 0 ? refuse(problems) : { ok: true, world };
}

function describe(issues: readonly z.core.$ZodIssue[], at: PropertyKey[] = []): string[] {
  return issues.map(({ path, message }) => `${z.core.toDotPath([...at, ...path]) || "(whole file)"}: ${message}`);
}

function twice(names: string[]): string[] {
  const keys = names.map((name) => name.toLowerCase());
  return keys.flatMap((key, index) =>
    keys.indexOf(key) < index ? [`vms[${index}].name: is the name of an earlier VM in the same resource group`] : [],
  );
}

/** An instance is named by its set and its number, and all of a set describe the same set. */
function instanceProblems({ vms }: World, vm: World["vms"][number], index: number): string[] {
  const isInstance = vm.kind === "scale-set-instance";
  if (isInstance !== vm.name.includes("/")) {
    return [`vms[${index}].name: only an instance of a scale set has a number after its name, and it always has one`];
  }
  const described = setOf(vm);
  const first = vms.find((one) => one.kind === vm.kind && setOf(one).key === described.key);
  return isInstance && first && JSON.stringify(setOf(first)) !== JSON.stringify(described)
    ? [`vms[${index}].instance: describes scale set ${vm.name.split("/")[0]} twice, and differently`]
    : [];
}

function setOf({ subscriptionId, resourceGroup, name, location, instance }: World["vms"][number]) {
  const { upgradeMode, upgradesImages, repairAction, setTags } = instance;
  const key = `${subscriptionId}/${resourceGroup}/${name.split("/")[0]}`.toLowerCase();
  return { key, location, upgradeMode, upgradesImages, repairAction, setTags };
}

function refuse(problems: string[]): LoadedWorld {
  return { ok: false, problems };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
