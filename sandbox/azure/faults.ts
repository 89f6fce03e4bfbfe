import type { FaultAnswer, WorldFault } from "../world.ts";
import { actionPattern } from "./action-pattern.ts";

/** The fault of the next call of this action; `null` for none. Each call is counted for every fault. */
export type NextFault = (action: string) => FaultAnswer | null;

export function makeFaults(faults: readonly WorldFault[]): NextFault {
  const armed = faults.map((fault) => ({ fault, matches: actionPattern(fault.on), calls: 0 }));
  return (action) => {
    const due = armed.filter((one) => {
      if (!one.matches(action)) return false;
      one.calls += 1;
      return one.calls > one.fault.after && one.calls <= one.fault.after + one.fault.times;
    });
    return due[0]?.fault.answer ?? null;
  };
}
