import { z } from "zod";
import type { WorldVm } from "../world.ts";
import type { OperationEnd } from "./operations.ts";

/** The fields of a PUT's body that this sandbox uses; the other fields are stored and returned unchanged. */
export const RunCommandBody = z.looseObject({
  location: z.string(),
  tags: z.record(z.string(), z.string()).optional(),
  properties: z.looseObject({
    // Recorded: a body without a source, or with a time limit of 0, is taken and shown as it is.
    source: z.looseObject({ script: z.string().optional() }).default({}),
    parameters: z.array(z.unknown()).max(0, "The sandbox runs scripts without parameters").optional(),
    protectedParameters: z.array(z.unknown()).max(0, "The sandbox runs scripts without parameters").optional(),
    asyncExecution: z.boolean().default(false),
    timeoutInSeconds: z.number().int().nonnegative().default(5400),
    treatFailureAsDeploymentFailure: z.boolean().default(false),
  }),
});
export type RunCommandBody = z.infer<typeof RunCommandBody>;

interface InstanceView {
  executionState: "Unknown" | "Pending" | "Running" | "Failed" | "Succeeded" | "TimedOut" | "Canceled";
  executionMessage: string;
  exitCode: number;
  output: string;
  error: string;
  startTime?: string;
  endTime?: string;
}

/** A managed Run Command: a child resource of the VM with one script and its result. */
export interface ManagedRunCommand {
  readonly name: string;
  readonly body: RunCommandBody;
  provisioningState: "Creating" | "Updating" | "Succeeded" | "Failed" | "Deleting";
  readonly view: InstanceView;
  /** Ends the script. */
  readonly stop: AbortController;
  /** The end of the PUT's long-running operation. */
  readonly provisioned: Promise<OperationEnd>;
}

/** Those that the VM holds from before, by lower-case name. A script that is still at work there never ends. */
export function heldRunCommands({ location, runCommands }: WorldVm, now: Date): Map<string, ManagedRunCommand> {
  const held = runCommands.flatMap(({ name, count, state, startedMinutesAgo, tags }) => {
    const started = new Date(now.getTime() - startedMinutesAgo * 60_000);
    const hasEnded = state !== "Pending" && state !== "Running";
    return Array.from({ length: count }, (_, index): ManagedRunCommand => {
      const body = RunCommandBody.parse({ location, ...(tags && { tags }), properties: { source: { script: "" } } });
      return {
        name: count === 1 ? name : `${name}-${index + 1}`,
        body,
        provisioningState: state === "Pending" ? "Creating" : "Succeeded",
        view: {
          executionState: state,
          executionMessage: hasEnded ? "Execution completed" : "",
          exitCode: 0,
          output: "",
          error: "",
          ...(state !== "Pending" && { startTime: started.toISOString() }),
          ...(hasEnded && { endTime: new Date(started.getTime() + 5000).toISOString() }),
        },
        stop: new AbortController(),
        provisioned: Promise.resolve({ ok: true }),
      };
    });
  });
  return new Map(held.map((one) => [one.name.toLowerCase(), one]));
}
