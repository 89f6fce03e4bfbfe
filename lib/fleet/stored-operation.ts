import { keepingUnknown } from "../core/stored-run.ts";
import { FleetOperation, Target, TargetResult } from "./fleet-operation.ts";

const operation = keepingUnknown(FleetOperation);

/** Reads a stored operation; fields of later versions are kept. @throws Error when it is of another format, or damaged */
export function readOperation(text: string): FleetOperation {
  return operation.parse(JSON.parse(text));
}

export function readTarget(text: string): Target {
  return Target.parse(JSON.parse(text));
}

export function readResult(text: string): TargetResult {
  return TargetResult.parse(JSON.parse(text));
}
