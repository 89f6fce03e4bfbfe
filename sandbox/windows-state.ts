import type { z } from "zod";
import { withFaults } from "./windows/faults.ts";
import { healthyWindows } from "./windows/healthy.ts";
import { WindowsState } from "./windows/state.ts";
import type { WorldVm } from "./world.ts";

/** The Windows state of a world: a healthy Windows, then the named faults, then the values of `set`. */
export function windowsOf(vm: WorldVm): WindowsState {
  return WindowsState.parse(described(vm));
}

/** The problems in a world's `faults` and `set`; empty when they give a valid Windows state. */
export function windowsIssues(vm: WorldVm): z.core.$ZodIssue[] {
  return WindowsState.safeParse(described(vm)).error?.issues ?? [];
}

function described({ windows }: WorldVm): unknown {
  return mergePatch(withFaults(healthyWindows(), windows.faults), windows.set);
}

/**
 * RFC 7396: objects merge, `null` removes, anything else replaces. `{ "$value": ... }` stands for its value as it is, so
 * that a member can be set to `null`.
 */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  if ("$value" in patch && Object.keys(patch).length === 1) return patch.$value;
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
