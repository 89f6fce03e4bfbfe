import { expect, test } from "vitest";
import { allowRdpInLocalPolicy } from "../../lib/remediations/allow-rdp-in-local-policy.ts";
import { dword, evidenceWith, notForced, type ReadableGuest, restart } from "./evidence-with.ts";

const planOf = (edit: (guest: ReadableGuest) => void) => allowRdpInLocalPolicy.plan(evidenceWith(edit), notForced);

test("sets both copies of the switch, in a VM that is in no domain", () => {
  const changes = planOf((guest) => {
    guest.registry["policy/fDenyTSConnections"] = dword(1);
    guest.registry["terminal-server/fDenyTSConnections"] = null;
  });
  expect(changes).toEqual([
    { kind: "set-registry-value", value: "policy/fDenyTSConnections", to: dword(0), was: dword(1) },
    { kind: "set-registry-value", value: "terminal-server/fDenyTSConnections", to: dword(0), was: null },
    restart,
  ]);
});

test("finds nothing to do where no policy turns Remote Desktop off", () => {
  expect(planOf(() => {})).toEqual([]);
  expect(
    planOf((guest) => {
      guest.registry["policy/fDenyTSConnections"] = dword(0);
      guest.registry["terminal-server/fDenyTSConnections"] = dword(1);
    }),
  ).toEqual([]);
});

test("refuses in a domain", () => {
  const planned = planOf((guest) => {
    guest.registry["policy/fDenyTSConnections"] = dword(1);
    guest.system.domainJoined = true;
  });
  expect(planned).toEqual({ refused: expect.stringContaining("in a domain") });
});
