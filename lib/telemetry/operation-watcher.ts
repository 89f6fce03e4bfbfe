import { type Attributes, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { doneOf, type FleetOperation } from "../fleet/fleet-operation.ts";
import { attributeNames, instrumentationScope } from "./names.ts";
import { runTrace } from "./run-trace.ts";

/** Called after every saved step of an operation; `version` is what it was before: 1 is the form that it was made in. */
export type OperationWatcher = (operation: FleetOperation, former: FleetOperation, version: number) => void;

/** What happened to an operation as a whole; `circuit-open`: its circuit breaker has stopped it. */
export type OperationEvent = "started" | "paused" | "resumed" | "circuit-open" | "cancelled" | "ended";

/**
 * One span for each event of an operation over many VMs, and one for the whole of it when it has ended, in a trace whose id is
 * the operation's id without dashes. The runs have traces of their own.
 */
export function createOperationWatcher(): OperationWatcher {
  const tracer = trace.getTracer(instrumentationScope);
  return (operation, former, version) => {
    const at = new Date(operation.updatedAt);
    for (const event of eventsOf(operation, former, version)) {
      const attributes = attributesOf(operation, event);
      tracer.startSpan(`operation ${event}`, { startTime: at, attributes }, runTrace(operation.id)).end(at);
    }
    if (operation.state !== "ended" || former.state === "ended") return;
    const attributes = { ...attributesOf(operation, "ended"), [attributeNames.outcome]: operation.outcome.kind };
    const whole = { kind: SpanKind.SERVER, startTime: new Date(operation.createdAt), attributes };
    const span = tracer.startSpan(`operation ${operation.intent}`, whole, runTrace(operation.id));
    if (operation.outcome.kind !== "completed") span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(at);
  };
}

/** One line of JSON for each event. It names nobody. */
export function createOperationLog(write: (line: string) => void): OperationWatcher {
  return (operation, former, version) => {
    const { id, updatedAt, intent, trigger, total, counts } = operation;
    for (const event of eventsOf(operation, former, version)) {
      const line = { at: updatedAt, operation: id, intent, trigger: trigger.kind, event, total, counts };
      write(JSON.stringify(line));
    }
  };
}

function eventsOf(operation: FleetOperation, former: FleetOperation, version: number): OperationEvent[] {
  const started: OperationEvent[] = version === 1 ? ["started"] : [];
  if (operation.state === former.state) return started;
  switch (operation.state) {
    case "running":
      return [...started, "resumed"];
    case "paused":
      return [...started, "paused"];
    case "stopping":
      return [...started, operation.stopped];
    case "ended":
      return [...started, ...stopOf(operation, former), "ended"];
  }
}

/** Where nothing was at work, the operation ends in the step that stops it. */
function stopOf({ outcome }: Extract<FleetOperation, { state: "ended" }>, former: FleetOperation): OperationEvent[] {
  return outcome.kind === "completed" || former.state === "stopping" ? [] : [outcome.kind];
}

function attributesOf(operation: FleetOperation, event: OperationEvent): Attributes {
  const counts = Object.entries(operation.counts).map(([kind, count]) => [`${attributeNames.vms}.${kind}`, count]);
  return {
    [attributeNames.operationId]: operation.id,
    [attributeNames.intent]: operation.intent,
    [attributeNames.trigger]: operation.trigger.kind,
    [attributeNames.event]: event,
    [attributeNames.vms]: operation.total,
    [attributeNames.vmsDone]: doneOf(operation),
    ...Object.fromEntries(counts),
  };
}
