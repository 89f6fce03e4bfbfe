import { expect, test } from "vitest";
import { isAllowed } from "../../lib/core/change.ts";
import { type DomainSection, type LogOnRight, logOnRights, type Trustee, trustees } from "../../lib/core/log-on.ts";
import { restoreLogOnRights } from "../../lib/remediations/restore-log-on-rights.ts";
import { evidenceWith } from "./evidence-with.ts";

function planned(held: Record<string, string>, join: DomainSection["join"] = "domain", nla = 1) {
  const evidence = evidenceWith((guest) => {
    guest.rights.held = held;
    guest.domain.join = join;
    guest.registry["rdp-tcp/UserAuthentication"] = { type: "dword", data: nla };
  });
  return restoreLogOnRights.plan(evidence, { force: false });
}

const change = (right: string, account: string, to: boolean) => ({
  kind: "set-log-on-right",
  right,
  account,
  to,
  was: !to,
});

test("gives back what nobody holds, to the groups that hold it by default", () => {
  expect(planned({ i: "", r: "", s: "" })).toEqual([
    change("r", "BA", true),
    change("r", "RD", true),
    change("i", "BA", true),
    change("s", "AS", true),
  ]);
});

test("takes a deny from broad groups, and from nobody else", () => {
  expect(planned({ dr: "BA RD LA +2", dn: "WD", ds: "AS" })).toEqual([
    change("dr", "BA", false),
    change("dr", "RD", false),
    change("dn", "WD", false),
    change("ds", "AS", false),
  ]);
});

test("takes a deny from local accounts in a workgroup alone, and one of the network where it is needed", () => {
  expect(planned({ dr: "LA", dn: "L LA" }, "workgroup")).toEqual([
    change("dr", "LA", false),
    change("dn", "L", false),
    change("dn", "LA", false),
  ]);
  expect(planned({ dr: "LA", dn: "L LA" }, "entra")).toEqual([]);
  expect(planned({ dn: "BA L" }, "workgroup", 0)).toEqual([]);
});

test("changes nothing where the groups, or accounts that an owner chose, may log on", () => {
  expect(planned({})).toEqual([]);
  expect(planned({ r: "+1", i: "+1" })).toEqual([]);
});

test("no change gives the network log-on, gives a deny, or takes what is a default", () => {
  for (const right of Object.keys(logOnRights) as LogOnRight[]) {
    for (const account of Object.keys(trustees) as Trustee[]) {
      for (const to of [true, false]) {
        if (!isAllowed({ kind: "set-log-on-right", right, account, to, was: !to })) continue;
        expect(to).toBe(!right.startsWith("d"));
        expect(right).not.toBe("n");
      }
    }
  }
});
