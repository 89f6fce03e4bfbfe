import type { z } from "zod";
import { withFaults } from "./windows/faults.ts";
import { healthyWindows } from "./windows/healthy.ts";
import { WindowsState } from "./windows/state.ts";
import type { WorldVm } from "./world.ts";

/** The Windows that a world describes: one in good health, its named faults brought in, and then what it sets. */
export function windowsOf(vm: WorldVm): WindowsState {
  return WindowsState.parse(described(vm));
}

/** What is wrong with the Windows that a world describes; none when it is one. Its faults and `set` decide. */
export function windowsIssues(vm: WorldVm): z.core.$ZodIssue[] {
  return WindowsState.safeParse(described(vm)).error?.issues ?? [];
}

function described({ windows }: WorldVm): unknown {
  return mergePatch(withFaults(healthyWindows(), windows.faults), windows.set);
}

/** RFC 7396: objects merge, `null` removes, anything else replaces. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
