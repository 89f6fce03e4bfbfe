import { z } from "zod";
import type { Spot } from "../core/spot.ts";

/** Of a VM, or of the profile that a scale set has for its instances. `Low` is the former name of Spot. */
const SpotProfile = z.object({
  priority: z.string().regex(/^(Spot|Low)$/i),
  evictionPolicy: z.string().nullish(),
  billingProfile: z.object({ maxPrice: z.number().nullish() }).nullish(),
});

/** Empty when it is no Spot VM. An odd profile is none: it decides about a sentence alone. */
export function spotOf(profile: unknown): { spot?: Spot } {
  const { data } = SpotProfile.safeParse(profile);
  if (!data) return {};
  const { evictionPolicy, billingProfile } = data;
  return { spot: { evictionPolicy: evictionPolicy ?? null, maxPrice: billingProfile?.maxPrice ?? null } };
}
