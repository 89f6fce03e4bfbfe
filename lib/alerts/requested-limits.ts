import { plainText } from "../core/plain-text.ts";
import { type Risk, risks } from "../core/risk.ts";
import { AlertMode } from "../core/run.ts";
import type { CustomProperties } from "./common-alert.ts";

/** The limits that the owner of an alert rule requests. Untrusted; can only lower the limits of the service. */
export interface RequestedLimits {
  readonly mode?: AlertMode;
  readonly maximumRisk?: Risk;
}

/**
 * Reads the requested limits from all places where Azure puts custom properties. The lowest valid value counts; invalid
 * ones are noted.
 */
export function readRequestedLimits(places: readonly CustomProperties[]): { limits: RequestedLimits; notes: string[] } {
  const mode = mildest(places, "rdp-remediation.mode", AlertMode.options);
  const risk = mildest(places, "rdp-remediation.maximum-risk", risks);
  return {
    limits: { ...(mode.value && { mode: mode.value }), ...(risk.value && { maximumRisk: risk.value }) },
    notes: [...new Set([...mode.notes, ...risk.notes])],
  };
}

/** `ladder` has the valid values, lowest first. */
function mildest<T extends string>(
  places: readonly CustomProperties[],
  name: keyof CustomProperties,
  ladder: readonly T[],
): { value: T | undefined; notes: string[] } {
  const given = places.map((place) => place[name]).filter((value) => value !== undefined && value !== null);
  const known = (value: unknown) =>
    ladder.find((rung) => typeof value === "string" && value.trim().toLowerCase() === rung);
  return {
    value: ladder.find((rung) => given.some((value) => known(value) === rung)),
    notes: given
      .filter((value) => known(value) === undefined)
      .map((value) => {
        const quoted = typeof value === "string" ? `"${plainText(value, 40)}"` : "not text";
        return `Custom property ${name} is ${quoted}; it is ignored, because it is none of ${ladder.join(", ")}.`;
      }),
  };
}
