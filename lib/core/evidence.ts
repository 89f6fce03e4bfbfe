import { z } from "zod";
import { AzureEvidence } from "./azure-evidence.ts";
import { GuestEvidence } from "./guest-evidence.ts";
import { NetworkVerdict } from "./network-verdict.ts";

/** Everything that was observed about one VM at one time; the only input of checks and remediations. */
export const Evidence = z.strictObject({
  /** When the newest part was observed. Checks that depend on the time use this. */
  at: z.iso.datetime(),
  azure: AzureEvidence,
  /** `null` when the VM's inside could not be read, e.g. because the VM is stopped. */
  guest: GuestEvidence.nullable(),
  network: z.array(NetworkVerdict),
});
export type Evidence = z.infer<typeof Evidence>;
