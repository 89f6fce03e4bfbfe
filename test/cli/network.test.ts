import { describe, expect, test } from "vitest";
import { viewLocalRun } from "../../cli/local-runs.ts";
import { createLayout } from "../../cli/render/layout.ts";
import { renderPath, renderPaths } from "../../cli/render/network.ts";
import { displayWidth } from "../../cli/render/wrap.ts";
import type { Finding } from "../../lib/core/finding.ts";
import type { NetworkVerdict } from "../../lib/core/network-verdict.ts";
import type { RunOptions } from "../../lib/core/run.ts";
import { evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { RunView } from "../../lib/run-view/run-view.ts";
import { networkWith, rule, standardAddress } from "../network/network-with.ts";
import { nsg } from "../network/proposal-rig.ts";
import { makeRun } from "./runs.ts";
import { start } from "./start.ts";

const plain = createLayout({ columns: 80, colour: false });
const deny = rule({ name: "deny-rdp", priority: 200, access: "Deny" });

function verdictOn(source: string, network: Parameters<typeof networkWith>[0]): NetworkVerdict {
  const [verdict] = evaluateNetwork(networkWith(network), [source], 3389);
  if (!verdict) throw new Error("there is a verdict");
  return verdict;
}

const drawn = (verdict: NetworkVerdict, findings: Finding[] = []) =>
  renderPath(verdict, { findings, portAssumed: false }, plain).join("\n");

describe("the way through the network", () => {
  test("has a mark at the group that denies, and says what lies behind it", () => {
    const verdict = verdictOn("10.0.0.9", {
      subnet: nsg("nsg-subnet", rule({ name: "allow-rdp" })),
      nic: nsg("nsg-app", deny),
    });
    expect(drawn(verdict)).toBe(`\
10.0.0.9 -> 10.0.0.4:3389  denied
  ok       client            10.0.0.9, to the private address
  ok       admin rules       no security admin rule matches
  ok       subnet NSG        rule allow-rdp (priority 100) in NSG nsg-subnet of
                             the subnet allows it
> denied   NIC NSG           rule deny-rdp (priority 200) in NSG nsg-app of the
                             NIC denies it
  -        Windows firewall  not reached
  -        listener          not reached
  Based on the configured rules.`);
  });

  test("shows what a packet does not reach any more", () => {
    const verdict = verdictOn("10.0.0.9", { subnet: nsg("nsg-subnet", deny), nic: nsg("nsg-app") });
    expect(drawn(verdict)).toMatch(/> denied {3}subnet NSG .*\n.*\n {2}- {8}NIC NSG {11}not reached\n/);
  });

  test("ends inside Windows where the run has looked there", () => {
    const finding = (check: string, verdict: Finding["verdict"], because: string): Finding => {
      return { check, verdict, because, evidence: {}, restoredBy: [] };
    };
    const verdict = verdictOn("10.0.0.9", { nic: nsg("nsg-app") });
    const seen = drawn(verdict, [
      finding("windows-firewall-allows-rdp", "faulty", "No rule lets it in."),
      finding("rdp-listener-is-listening", "healthy", "TermService listens on 3389."),
    ]);
    expect(seen).toMatch(
      /denied {3}Windows firewall {2}No rule lets it in\.\n {2}ok {7}listener {10}TermService listens/,
    );
    expect(drawn(verdict)).toMatch(/- {8}listener {10}not looked at/);
  });

  test("says where there is no group, and where nothing could be read", () => {
    expect(drawn(verdictOn("10.0.0.9", {}))).toMatch(/> ok {7}NSG /);
    const closed = verdictOn("203.0.113.7", { configuration: { publicAddress: standardAddress } });
    expect(drawn(closed)).toMatch(/> denied {3}public address /);
    const azure = { ...networkWith({}), network: { unreadable: "a right is missing" } };
    const [unread] = evaluateNetwork(azure, ["10.0.0.9"], 3389);
    if (!unread) throw new Error("there is a verdict");
    expect(drawn(unread)).toMatch(/> unknown {2}Azure .*a right is missing/s);
  });

  test("says nothing of points that nobody judged", () => {
    expect(drawn(verdictOn("2001:db8::9", { nic: nsg("nsg-app", deny) }))).toBe(`\
2001:db8::9 -> *:3389  unknown
  ok       client            2001:db8::9, to the private address
> unknown  Azure             Whether 2001:db8::9 reaches port 3389 is not known:
                             the VM has no IPv6 address that was read.
  -        Windows firewall  not looked at: that takes a diagnosis inside the VM
  -        listener          not looked at: that takes a diagnosis inside the VM`);
  });

  test("begins at the way in, where none is known", () => {
    const nowhere = drawn(verdictOn("172.16.0.9", { nic: nsg("nsg-app", deny) }));
    expect(nowhere.split("\n").map((line) => line.slice(0, 28).trimEnd())).toEqual([
      "172.16.0.9 -> 10.0.0.4:3389",
      "  ok       client",
      "  unknown  way in",
      "",
      "",
      "  ok       admin rules",
      "  ok       subnet NSG",
      "> denied   NIC NSG",
      "",
      "  -        Windows firewall",
      "  -        listener",
      "  Based on the configured ru",
    ]);
  });

  test("says why it is not by the rules in effect", () => {
    const verdict = verdictOn("10.0.0.9", { nic: nsg("nsg-app"), effective: { unreadable: "Could not list them." } });
    expect(drawn(verdict)).toContain(
      "\n  Based on the configured rules; Azure's effective rules are missing: Could not\n  list them.",
    );
  });

  test("says who agrees, and who says otherwise", () => {
    const flow = { source: "10.0.0.9", privateAddress: "10.0.0.4", port: 3389, rule: "securityRules/deny-rdp" };
    const effective = [{ subnetId: null, group: nsg("nsg-app") }];
    const checked = (verdict: "allowed" | "denied") =>
      drawn(
        verdictOn("10.0.0.9", { nic: nsg("nsg-app"), effective, more: { flowChecks: [{ ...flow, verdict }] } }),
      ).replaceAll(/\n\s+/g, " ");
    const agreed = "Based on Azure's effective rules. Confirmed by the configured rules";
    expect(checked("allowed")).toContain(`${agreed} and Network Watcher's IP flow verify.`);
    expect(checked("denied")).toContain(
      `${agreed}. But according to Network Watcher's IP flow verify it is denied (securityRules/deny-rdp): a recent change of the rules may not be in effect yet.`,
    );
  });

  test("says that the port is taken for granted where nobody gave it or looked", () => {
    const azure = networkWith({ nic: nsg("nsg-app") });
    const before = {
      at: "2026-11-21T08:00:00.000Z",
      azure,
      guest: null,
      network: evaluateNetwork(azure, ["10.0.0.9"], 3389),
    };
    const listener = (options: Partial<RunOptions>) =>
      renderPaths(viewLocalRun(makeRun({ before, options: { ...makeRun().options, ...options } })), plain)
        .join(" ")
        .replaceAll(/\s+/g, " ");
    expect(listener({})).toContain("inside the VM; that it listens on port 3389 is assumed");
    expect(listener({ port: 3389 })).not.toContain("assumed");
  });

  test("is drawn for the sources that somebody named, and fits a terminal", () => {
    const before = {
      at: "2026-11-21T08:00:00.000Z",
      azure: networkWith({ nic: nsg("nsg-app", deny) }),
      guest: null,
      network: evaluateNetwork(networkWith({ nic: nsg("nsg-app", deny) }), ["10.0.0.9", "10.0.0.10"], 3389),
    };
    const lines = renderPaths(viewLocalRun(makeRun({ before })), plain);
    expect(lines.filter((line) => line.includes(" -> "))).toHaveLength(2);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(80);
  });
});

describe.concurrent("the command", () => {
  const network = (...args: string[]) =>
    start("cli/main.ts", ["network", "--sandbox", "nsg-denies", "--guest", "modelled", ...args], {});

  test("says who is denied by what, and what would let them in", async () => {
    const { code, stdout } = await network("--from", "10.0.0.9");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Simulated: /);
    expect(stdout).toMatch(/> denied {3}NIC NSG {11}rule deny-rdp \(priority 200\)/);
    expect(stdout).toMatch(/Findings\n {2}fault {4}nsg-allows-rdp\n.*The\s+network\s+owner\s+must\s+act\.\n/s);
    expect(stdout).toMatch(/For the network owner\n {2}~ network security group nsg-app\n/);
    expect(stdout).toMatch(/ {2}az network nsg rule create --subscription 0/);
    expect(stdout).toMatch(/A rule that is created by hand stays until somebody deletes it/);
    expect(stdout).toMatch(/, 0 Run Commands,/);
  });

  test("as JSON is this verdict, and says that it is simulated", async () => {
    const { code, stdout } = await network("--from", "10.0.0.9", "--json");
    expect(code).toBe(1);
    expect(RunView.parse(JSON.parse(stdout))).toMatchObject({
      network: [{ source: "10.0.0.9", verdict: "denied", decidedBy: { nsg: "nsg-app", rule: "deny-rdp" } }],
      proposals: [{ source: "10.0.0.9/32" }],
      proposalForms: [
        {
          commands: [expect.stringMatching(/^az network nsg rule create /)],
          bicepParameters: [{ parameters: { source: { value: "10.0.0.9/32" } } }],
          whatIf: expect.stringContaining("before deny-rdp (200)"),
        },
      ],
      simulated: { azure: "sandbox", world: "nsg-denies" },
    });
  });

  test("judges another port when it is given one, and exits with 0 where that is open", async () => {
    const { code, stdout } = await network("--from", "10.0.0.9", "--port", "3390");
    expect([code, /10\.0\.0\.4:3390 {2}allowed/.test(stdout)]).toEqual([0, true]);
  });

  test.each([
    ["--port", "0"],
    ["--port", "x"],
    ["--from", "nobody"],
  ])("does not take %s %s", async (...args) => {
    expect((await network(...args)).code).toBe(2);
  });
});
