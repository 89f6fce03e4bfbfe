import { keepingUnknown } from "../core/stored-run.ts";
import { FleetOperation, Target, TargetResult } from "./fleet-operation.ts";

const operation = keepingUnknown(FleetOperation);

/** Reads a stored operation; fields of later versions are kept. @throws Error when it is of another format, or damaged */
export function readOperation(text: string): FleetOperation {
  return operation.parse(JSON.parse(text));
}

/** For lists: `null` in place of an operation that cannot be read, which must not keep the others from being listed. */
export function readListed(text: string): FleetOperation | null {
  try {
    return readOperation(text);
  } catch {
    return null;
  }
}

export function readTarget(text: string): Target {
  return Target.parse(JSON.parse(text));
}

export function readResult(text: string): TargetResult {
  return TargetResult.parse(JSON.parse(text));
}
