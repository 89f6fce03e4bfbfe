import { describe, expect, test } from "vitest";
import { removableRules } from "../../infra/fixes/removable-rules.ts";
import { validateProposal } from "../../infra/fixes/validate-proposal.ts";
import { describeRule } from "../../lib/core/network-proposal.ts";
import { answer, nsgId, proposal, runId, vm } from "./fixes-rig.ts";

const now = new Date("2026-11-21T09:00:00.000Z");
const problemsOf = (given: unknown, id = runId) => {
  const validated = validateProposal(given, id, now);
  return "problems" in validated ? validated.problems.join("\n") : "none";
};

describe("the pipeline's own validation", () => {
  test("takes what the service proposes, with a digest of it", () => {
    const validated = validateProposal(answer(proposal()), runId, now);
    expect(validated).toMatchObject({ vm, proposals: [proposal()], digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test("has another digest for another proposal, and the same for the same", () => {
    const digest = (edit: object) => {
      const validated = validateProposal(answer(proposal(edit)), runId, now);
      return "digest" in validated ? validated.digest : null;
    };
    expect(digest({})).toBe(digest({}));
    expect(digest({ source: "203.0.113.8/32" })).not.toBe(digest({}));
  });

  test.each<[string, object, RegExp]>([
    ["everybody", { source: "*" }, /source/],
    ["the Internet", { source: "Internet" }, /source/],
    ["every address", { source: "0.0.0.0/0" }, /source: must not be broader/],
    ["every IPv6 address", { source: "::/0" }, /source/],
    ["half of the addresses", { source: "128.0.0.0/1" }, /source: must not be broader/],
    ["any destination", { destination: "*" }, /destination/],
    ["any port", { port: "*" }, /port/],
    ["another protocol, by a field that it does not have", { protocol: "*" }, /protocol/],
    ["the name of another run", { name: "Allow-RDP-ffffffff" }, /name: is of another run/],
    ["an id that a shell would read", { rules: [{ ...proposal().rules[0], nsgId: `${nsgId}$(id)` }] }, /nsgId/],
    [
      "a rule's name that commands the pipeline",
      { rules: [{ ...proposal().rules[0], before: { rule: "deny\n##vso[task.prependpath]/x", priority: 200 } }] },
      /before.rule: must be the name of a rule/,
    ],
    ["no end", { expiresAt: "9999-01-01T00:00:00.000Z" }, /too long/],
    ["an end that is over", { expiresAt: "2026-11-21T08:59:59.000Z" }, /expired/],
  ])("refuses %s", (_, edit, why) => {
    expect(problemsOf(answer(proposal(edit)))).toMatch(why);
  });

  test("refuses the proposals of another run, no proposals, and what is no answer", () => {
    expect(problemsOf(answer(proposal()), "00000000-0000-4000-8000-00000000ffff")).toMatch(
      /not the run that was asked/,
    );
    expect(problemsOf(answer())).toMatch(/nothing is proposed/);
    expect(problemsOf(null)).not.toBe("none");
    expect(problemsOf(answer(proposal(), proposal()))).toMatch(/two rules have one name/);
  });
});

describe("which rules are removed", () => {
  const rule = (edit: object = {}) => ({
    id: `${nsgId}/securityRules/Allow-RDP-3f2a8c1e`,
    name: "Allow-RDP-3f2a8c1e",
    description: describeRule(proposal()),
    ...edit,
  });
  const groups = (...securityRules: unknown[]) => [{ securityRules: [] }, { securityRules }];

  test("those of a run", () => {
    expect(removableRules(groups(rule()), { runId })).toEqual([rule().id]);
    expect(removableRules(groups(rule()), { runId: "00000000-0000-4000-8000-00000000ffff" })).toEqual([]);
  });

  test("those whose time is over, at that second", () => {
    const at = (time: string) => removableRules(groups(rule()), { expiredAt: new Date(time) });
    expect(at("2026-11-22T07:59:59.000Z")).toEqual([]);
    expect(at("2026-11-22T08:00:00.000Z")).toEqual([rule().id]);
  });

  test.each<[string, object]>([
    ["has another name", { name: "allow-office", id: `${nsgId}/securityRules/allow-office` }],
    ["has no description", { description: null }],
    ["says something else", { description: "RDP for the office" }],
    ["names another run than its description", { name: "Allow-RDP-ffffffff" }],
    ["has an id with more in it", { id: `${nsgId}/securityRules/x y/securityRules/Allow-RDP-3f2a8c1e` }],
  ])("never one that %s", (_, edit) => {
    expect(removableRules(groups(rule(edit)), { runId })).toEqual([]);
    expect(removableRules(groups(rule(edit)), { expiredAt: new Date("2030-01-01T00:00:00Z") })).toEqual([]);
  });

  test("a list that is none is no reason to think that nothing is due", () => {
    expect(() => removableRules({ error: "x" }, { runId })).toThrow();
  });
});
