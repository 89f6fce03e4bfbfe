import { agentServices } from "../../lib/core/windows.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { otherCertificates } from "./collect.ts";

/** What works now and is no business of any change: the keys of others, and the agent by which scripts come in. */
export function invariantsOf(adapter: WindowsAdapter): string[] {
  const keys = otherCertificates(adapter).filter(({ key }) => key.usable);
  const services = agentServices.filter((Name) => adapter["Get-ServiceFacts"]({ Name })?.state === "Running");
  return [
    ...keys.map(({ thumbprint, subject }) => `the key of certificate ${thumbprint} (${subject})`),
    ...services.map((name) => `the service ${name}`),
  ];
}

/** Throws when something that worked before does not any more. A service that just starts again is given half a minute. */
export function assertInvariants(adapter: WindowsAdapter, before: readonly string[]): void {
  for (let look = 0; ; look += 1) {
    const now = invariantsOf(adapter);
    const lost = before.filter((one) => !now.includes(one));
    if (lost.length === 0) return;
    if (look === 15) throw new Error(`After the changes there is no more use of ${lost.join(", ")}.`);
    adapter["Wait-Seconds"]({ Seconds: 2 });
  }
}
