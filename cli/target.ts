import { fail, ok, type Result } from "../lib/core/problem.ts";
import { RunId } from "../lib/core/run.ts";
import { parseVmId, VmId } from "../lib/core/vm-id.ts";
import { defaultSubscription } from "./default-subscription.ts";
import type { Request } from "./request.ts";

/** The named VM; `null` when none was named and the sandbox has a default one. */
export function readVm({ operand, options, terminal, profile }: Request): Result<VmId | null> {
  const { subscription: given, name, sandbox } = options;
  // A default never replaces what was typed, and a resource id needs none.
  const resourceGroup = options["resource-group"] ?? (name === undefined ? undefined : profile.group);
  const subscription = given ?? (name === undefined ? undefined : profile.subscription);
  const usesDefault = subscription === undefined && resourceGroup !== undefined && name !== undefined;
  const chosen = usesDefault && sandbox === undefined ? defaultSubscription(terminal.environment) : null;
  if (chosen) terminal.err.write(`Subscription ${chosen}, the default of the Azure CLI.\n`);
  const names = { subscriptionId: subscription ?? chosen ?? undefined, resourceGroup, name };
  const named = Object.values(names).filter((name) => name !== undefined).length;
  if (operand !== undefined) {
    return named === 0
      ? parseVmId(operand)
      : fail(
          "invalid-input",
          "Name the VM once: by its resource id, or by --subscription, --resource-group and --name.",
        );
  }
  if (named === 0 && sandbox !== undefined) return ok(null);
  if (named < 3) {
    return fail(
      "invalid-input",
      "Which VM? Give its resource id, or --subscription, --resource-group and --name; the subscription may be left out after az account set. To try without Azure, give --sandbox several-faults instead.",
    );
  }
  return readNames(names);
}

function readNames(names: Record<Exclude<keyof VmId, "kind">, string | undefined>): Result<VmId> {
  // No other machine that these options name has a slash in its name.
  const kind = names.name?.includes("/") && ("scale-set-instance" as const);
  const vm = VmId.safeParse({ ...names, ...(kind && { kind }) });
  if (vm.success) return ok(vm.data);
  const wrong = vm.error.issues[0]?.path[0];
  if (wrong === "subscriptionId") {
    return fail("invalid-vm-id", `"${names.subscriptionId}" is not the id of a subscription, which is a GUID.`);
  }
  const flag = wrong === "resourceGroup" ? "resource-group" : "name";
  return fail(
    "invalid-vm-id",
    `--${flag} "${names[wrong as keyof typeof names]}" is not a name that Azure allows there.${kind ? " An instance of a uniform scale set is named SET/NUMBER, e.g. vmss-app/3." : ""}`,
  );
}

/** Reads the operand as the id of an operation. */
export function readOperationId({ operand }: Request): Result<string> {
  if (operand === undefined) return fail("invalid-input", "Which operation? Give its id; fleet list lists them.");
  const id = RunId.safeParse(operand.toLowerCase());
  if (id.success) return ok(id.data);
  return fail("invalid-input", `"${operand}" is not the id of an operation, which is a UUID; fleet list lists them.`);
}
