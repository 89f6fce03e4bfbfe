import { isRestError } from "@azure/core-rest-pipeline";
import { ok } from "../core/problem.ts";
import type { GuestChannel, RunCommandStatus } from "../runs/ports.ts";
import { isInstanceGone } from "./arm-errors.ts";
import { callAzure, UnexpectedResponse } from "./call-azure.ts";
import type { Clients } from "./clients.ts";
import { retryAfterMs } from "./retry-after.ts";
import { RunCommandResource, runCommandResources } from "./run-command-resource.ts";

/**
 * Managed run commands: child resources of the machine, each with a name of its own. Needs the rights
 * `runCommands/read`, `write` and `delete` below the machine's type (`vmKinds`).
 *
 * No long-running operation is polled: the script's state is in the instance view, which needs
 * only the name.
 */
export function createRunCommandChannel(clients: Clients, scripts: "whole" | "compressed" = "whole"): GuestChannel {
  // Once Azure has refused a script for its size, the next ones are not sent whole either.
  let isCompressed = scripts === "compressed";
  const runCommands = runCommandResources(clients);
  return {
    async start(vm, command) {
      const name = checkedName(command.name);
      const put = async (script: string) => {
        const { status, body } = await runCommands.put(vm, name, {
          location: command.location,
          tags: { [deadlineTag]: command.deadline },
          properties: {
            source: { script },
            timeoutInSeconds: command.timeoutSeconds,
            // Provisioned as soon as the script has begun; and its failure is the instance view's to tell.
            asyncExecution: true,
            treatFailureAsDeploymentFailure: false,
          },
        });
        if (status !== 202 && !namesResource(body)) throw unnamed();
      };
      const asked = await callAzure(`start a Run Command in VM ${vm.name}`, async () => {
        const { script, compressed } = command;
        if (isCompressed && compressed) return put(compressed());
        try {
          return await put(script);
        } catch (error) {
          if (!compressed || !isTooLarge(error)) throw error;
          isCompressed = true;
          return put(compressed());
        }
      });
      return asked.ok ? ok("started") : asked;
    },

    async status(vm, name) {
      return callAzure(`read a Run Command of VM ${vm.name}`, () =>
        runCommands
          .get(vm, checkedName(name))
          .then(({ body, headers }): RunCommandStatus => {
            const status = statusOf(body);
            const wait = retryAfterMs(headers, new Date());
            return status.kind === "running" && wait !== undefined ? { ...status, retryAfterMs: wait } : status;
          })
          .catch(ifNotFound<RunCommandStatus>({ kind: "absent" }, vmGone)),
      );
    },

    async discard(vm, name) {
      const asked = await callAzure(`delete a Run Command of VM ${vm.name}`, () =>
        runCommands.delete(vm, checkedName(name)).catch(ifNotFound(undefined)).catch(ifInstanceGone),
      );
      return asked.ok ? ok("discarded") : asked;
    },
  };
}

/**
 * Whether Azure refused the request for the size of its script, before any work. ARM's code is RequestContentTooLarge
 * with 413; no words of the compute provider are published, so its refusals are told by what they complain about.
 */
function isTooLarge(error: unknown): boolean {
  if (!isRestError(error) || (error.statusCode !== 413 && error.statusCode !== 400)) return false;
  if (error.statusCode === 413 || /TooLarge|TooLong|SizeExceeded|LengthExceeded/i.test(error.code ?? "")) return true;
  return /\b(script|request|content|settings)\b.{0,120}\b(too (large|long)|exceed\w* .{0,60}(size|length|limit))/i.test(
    error.message,
  );
}

export const ownRunCommandName = /^rdpfix-[a-z0-9-]{1,73}$/;

/** Tells whoever finds a Run Command of ours until when it may be at work (RFC 3339). */
export const deadlineTag = "rdp-remediation-deadline";

/** A proxy may answer 200 with a page or an empty object of its own; ARM answers with the resource. */
function namesResource(body: unknown): boolean {
  const { data } = RunCommandResource.safeParse(body);
  return data?.id !== undefined || data?.name !== undefined;
}

function unnamed(): UnexpectedResponse {
  return new UnexpectedResponse("Run Command: neither id nor name");
}

/** Protects Run Commands of other owners: a name outside the pattern is a bug. */
function checkedName(name: string): string {
  if (!ownRunCommandName.test(name)) throw new TypeError(`Not a Run Command name of ours: ${name}`);
  return name;
}

/** Turns 404 into a value, except for the error codes in `butNot`. */
function ifNotFound<T>(value: T, butNot: readonly string[] = []): (error: unknown) => T {
  return (error) => {
    if (isRestError(error) && error.statusCode === 404 && !butNot.includes(error.code ?? "")) return value;
    throw error;
  };
}

/** With the instance of a scale set its Run Commands are gone too. */
function ifInstanceGone(error: unknown): void {
  if (!isRestError(error) || !isInstanceGone(error.message)) throw error;
}

/** Error codes when the VM itself is gone, not only the Run Command. */
const vmGone = ["ParentResourceNotFound", "ResourceGroupNotFound", "SubscriptionNotFound"];

const failed = ["Failed", "TimedOut", "Canceled"];

/** The states of a script that has ended. */
export const terminalStates: readonly string[] = ["Succeeded", ...failed];

/** Until Azure reports that the script has ended, it may be running. */
function statusOf(body: unknown): RunCommandStatus {
  if (!namesResource(body)) throw unnamed();
  const { instanceView, provisioningState } = RunCommandResource.parse(body).properties ?? {};
  const state = instanceView?.executionState ?? "Unknown";
  const output = instanceView?.output ?? "";
  if (state === "Succeeded") return { kind: "finished", output, failure: null };
  if (failed.includes(state)) return { kind: "finished", output, failure: failureText(state, instanceView) };
  if (state === "Running" || !failed.includes(provisioningState ?? "")) return { kind: "running" };
  // Final state of the platform: no other state follows.
  return {
    kind: "finished",
    output,
    failure: failureText("Azure could not run it", instanceView),
    wasNotRun: true,
  };
}

type InstanceView = NonNullable<RunCommandResource["properties"]>["instanceView"];

function failureText(state: string, view: InstanceView): string {
  const exit = view?.exitCode === undefined ? "" : ` with exit code ${view.exitCode}`;
  const words = [view?.executionMessage, view?.error].join(" ").replace(/\s+/g, " ").trim();
  return `${state}${exit}${words && `: ${words}`}`.slice(0, 1000);
}
