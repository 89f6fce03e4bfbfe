import { z } from "zod";
import { formatVmId, type VmId } from "../core/vm-id.ts";
import { traitsOf } from "../core/vm-kinds.ts";
import { chosenVersions } from "./api-versions.ts";
import type { ArmAnswer, Clients } from "./clients.ts";

/*
 * Managed Run Commands as resources of ARM. VMs, instances of uniform scale sets and Arc-enabled servers have them with the
 * same members, below their own ids and in the API versions of their providers.
 */

/** A member of another shape counts as missing: a proxy may answer with an object of its own. */
const text = z.string().optional().catch(undefined);

export const RunCommandResource = z.object({
  id: text,
  name: text,
  tags: z.record(z.string(), z.string()).optional().catch(undefined),
  properties: z
    .object({
      provisioningState: text,
      instanceView: z
        .object({
          executionState: text,
          executionMessage: text,
          exitCode: z.number().optional().catch(undefined),
          output: text,
          error: text,
          startTime: text,
        })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});
export type RunCommandResource = z.infer<typeof RunCommandResource>;

/** The body of a PUT. */
export interface NewRunCommand {
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: {
    readonly source: { readonly script: string };
    readonly timeoutInSeconds: number;
    readonly asyncExecution: boolean;
    readonly treatFailureAsDeploymentFailure: boolean;
  };
}

export function runCommandResources({ send, list }: Pick<Clients, "send" | "list">) {
  return {
    put: (vm: VmId, name: string, body: NewRunCommand): Promise<ArmAnswer> =>
      send("PUT", pathOf(vm, name), versionFor(vm), body),
    get: (vm: VmId, name: string): Promise<ArmAnswer> => send("GET", pathOf(vm, name), queryFor(vm)),
    delete: (vm: VmId, name: string): Promise<ArmAnswer> => send("DELETE", pathOf(vm, name), versionFor(vm)),
    /** All pages. @throws what the SDKs throw */
    async list(vm: VmId): Promise<RunCommandResource[]> {
      const found = await list(pathOf(vm), { $expand: "instanceView", ...versionFor(vm) });
      return found.flatMap((one) => RunCommandResource.safeParse(one).data ?? []);
    },
  };
}

function pathOf(vm: VmId, name?: string): string {
  const list = `${formatVmId(vm)}/runCommands`;
  return encodeURI(name === undefined ? list : `${list}/${name}`);
}

function queryFor(vm: VmId): Record<string, string> {
  return { ...(traitsOf(vm).expandsInstanceView && { $expand: "instanceView" }), ...versionFor(vm) };
}

function versionFor(vm: VmId): Record<string, string> {
  const [namespace = ""] = traitsOf(vm).type.split("/");
  return { "api-version": chosenVersions[namespace] ?? "" };
}
