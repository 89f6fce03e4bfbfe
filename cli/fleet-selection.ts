import { readFileSync } from "node:fs";
import { fail, ok, type Result } from "../lib/core/problem.ts";
import { parseVmId, type VmId } from "../lib/core/vm-id.ts";
import type { Selection } from "../lib/fleet/ports.ts";
import type { Options } from "./options.ts";

/** The selection that the flags name; `null`: none, and the sandbox has a default one. */
export function readSelection({ vms, scope, tag, "graph-query": query, sandbox }: Options): Result<Selection | null> {
  const given = [vms, query ?? scope].filter((one) => one !== undefined).length;
  if (given > 1 || (query !== undefined && tag !== undefined)) {
    return fail("invalid-input", "Name the VMs once: by --vms, by --scope with or without --tag, or by --graph-query.");
  }
  if (vms !== undefined) return readList(vms);
  if (query !== undefined) {
    const subscription = scope === undefined ? undefined : /^\/subscriptions\/([^/]+)\/?$/i.exec(scope)?.[1];
    if (scope !== undefined && !subscription) {
      return fail("invalid-input", "--scope of a query must be the resource id of a subscription.");
    }
    return ok({ kind: "query", query, subscriptions: subscription ? [subscription] : [] });
  }
  if (scope !== undefined) return ok({ kind: "scope", scope, tag });
  if (tag !== undefined)
    return fail("invalid-input", "--tag needs --scope: the subscription, resource group or scale set.");
  if (sandbox !== undefined) return ok(null);
  return fail(
    "invalid-input",
    "Which VMs? Give --vms FILE, --scope ID with or without --tag NAME=VALUE, or --graph-query KQL. To try without Azure, give --sandbox several-faults instead.",
  );
}

/** All VMs of a sandbox. */
export function sandboxSelection(firstVm: VmId | undefined): Selection {
  return { kind: "scope", scope: `/subscriptions/${firstVm?.subscriptionId}` };
}

/** One resource id a line; empty lines and lines that begin with # are left out. */
function readList(file: string): Result<Selection> {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    return fail("invalid-input", `--vms ${file} cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
  const vms: VmId[] = [];
  for (const [at, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const vm = parseVmId(line);
    if (!vm.ok) return fail("invalid-vm-id", `Line ${at + 1} of ${file}: ${vm.problem.message}`);
    vms.push(vm.value);
  }
  return vms.length > 0 ? ok({ kind: "list", vms }) : fail("invalid-input", `There is no VM in ${file}.`);
}
