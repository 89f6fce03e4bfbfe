import type { Guest } from "../../sandbox/guest/guest.ts";

/** A guest that answers each script with what the test says, and remembers them. */
export function scriptedGuest(answer: (script: string) => Partial<Awaited<ReturnType<Guest["run"]>>>): Guest {
  return {
    kind: "modelled",
    run: async (_, script) => ({ stdout: "", stderr: "", exitCode: 0, ...answer(script) }),
  };
}
