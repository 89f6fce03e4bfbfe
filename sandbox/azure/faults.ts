import type { FaultAnswer, WorldFault } from "../world.ts";
import { actionPattern } from "./action-pattern.ts";

/** The fault of the next call of this action at this path; `null` for none. Each call is counted for every fault. */
export type NextFault = (action: string, path: string) => FaultAnswer | null;

export interface Faults {
  readonly next: NextFault;
  /** One more fault, which counts the calls from now on. */
  add(fault: WorldFault): void;
}

export function makeFaults(faults: readonly WorldFault[]): Faults {
  const armed = faults.map(arm);
  return {
    next(action, path) {
      const due = armed.filter((one) => {
        if (!one.matches(action) || !one.isAt(path)) return false;
        one.calls += 1;
        return one.calls > one.fault.after && one.calls <= one.fault.after + one.fault.times;
      });
      return due[0]?.fault.answer ?? null;
    },
    add: (fault) => void armed.push(arm(fault)),
  };
}

function arm(fault: WorldFault) {
  return { fault, matches: actionPattern(fault.on), isAt: actionPattern(`*${fault.path ?? ""}*`), calls: 0 };
}
