import { z } from "zod";
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
