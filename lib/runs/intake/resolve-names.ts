import { ok, type Result } from "../../core/problem.ts";
import { type VmId, vmKey } from "../../core/vm-id.ts";
import type { VmFinder } from "../ports.ts";

/** The VMs that the names refer to, and for every other name the reason why it refers to none. */
export interface ResolvedNames {
  readonly vms: VmId[];
  readonly ignored: { readonly vm: string; readonly because: string }[];
}

/**
 * Looks up VM names within the scopes that alerts may touch. It fails closed: a name of two VMs refers to none. A
 * problem means that another attempt may succeed.
 */
export async function resolveNames(
  names: readonly string[],
  scopes: readonly string[],
  finder: Pick<VmFinder, "named"> | undefined,
): Promise<Result<ResolvedNames>> {
  const vms: VmId[] = [];
  const ignored: { vm: string; because: string }[] = [];
  for (const name of names) {
    const found = finder ? await lookUp(name, scopes, finder) : ok([]);
    if (!found.ok && found.problem.retryable) return found;
    const because = found.ok ? reasonToIgnore(found.value) : found.problem.message;
    if (because !== null) ignored.push({ vm: name, because });
    else if (found.ok) vms.push(...found.value);
  }
  return ok({ vms, ignored });
}

async function lookUp(
  name: string,
  scopes: readonly string[],
  finder: Pick<VmFinder, "named">,
): Promise<Result<VmId[]>> {
  const found = new Map<string, VmId>();
  for (const scope of scopes) {
    const named = await finder.named(name, scope);
    if (!named.ok) return named;
    for (const vm of named.value) found.set(vmKey(vm), vm);
  }
  return ok([...found.values()]);
}

function reasonToIgnore(found: readonly VmId[]): string | null {
  if (found.length === 1) return null;
  const what = found.length === 0 ? "No VM" : "More than one VM";
  return `${what} where alerts may touch VMs has this name. Split the alert rule by _ResourceId, which names the VM itself.`;
}
