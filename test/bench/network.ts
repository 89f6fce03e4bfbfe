import fc from "fast-check";
import type { NetworkEvidence, SecurityGroup } from "../../lib/core/network-evidence.ts";
import { createNetworkEvaluator, evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { group, networkWith, rule } from "../network/network-with.ts";
import { expectedOf, scenarios } from "../network/random-network.ts";
import { type Benchmark, measureTime } from "./benchmark.ts";

const prefixesPerRule = 100;
const networks = 100_000;

/** The worst case of an evaluation: a group of rules about 3389, none of which contains the client. */
function largeGroup(name: string, rules: number): SecurityGroup {
  const written = Array.from({ length: rules }, (_, index) =>
    rule({
      name: `${name}-${index}`,
      priority: 100 + index,
      access: index % 2 === 0 ? "Deny" : "Allow",
      destinationPorts: ["3380-3400"],
      sources: Array.from({ length: prefixesPerRule }, (_, at) => {
        const number = index * prefixesPerRule + at;
        return `${20 + (number % 80)}.${(number >> 8) % 256}.${number % 256}.0/${24 + (number % 8)}`;
      }),
    }),
  );
  return group(name, ...written);
}

function largeNetwork(rules: number): NetworkEvidence {
  const { network } = networkWith({
    subnet: largeGroup("subnet", rules),
    nic: largeGroup("nic", rules),
    configuration: { publicAddress: { address: "20.50.1.1", sku: "Standard" } },
  });
  if (!("interfaces" in network)) throw new Error("The fixture has a network.");
  return network;
}

/** The median milliseconds for one source after the rules are read, and the milliseconds of that reading. */
function verdictMs(network: NetworkEvidence): { once: number; reading: number } {
  const began = performance.now();
  const survey = createNetworkEvaluator(network, 3389);
  const reading = performance.now() - began;
  const times = Array.from({ length: 300 }, (_, index) => {
    const source = `203.0.${index % 256}.7`;
    const from = performance.now();
    const [verdict] = survey.evaluate(source);
    if (verdict?.verdict !== "denied") throw new Error(`${source} is ${verdict?.verdict}`);
    return performance.now() - from;
  });
  return { once: times.sort((one, other) => one - other)[150] ?? Number.NaN, reading };
}

/** The best of several measurements: other processes and garbage collection can only make a measurement slower. */
function bestMs(networks: readonly NetworkEvidence[]): ReturnType<typeof verdictMs>[] {
  // The networks alternate, so that a slow moment of the machine affects all of them.
  const rounds = Array.from({ length: 7 }, () => networks.map(verdictMs));
  return networks.map((_, index) => ({
    once: Math.min(...rounds.map((round) => round[index]?.once ?? Number.NaN)),
    reading: Math.min(...rounds.map((round) => round[index]?.reading ?? Number.NaN)),
  }));
}

/** The number of random networks for which the evaluation and the sandbox's oracle differ. */
function disagreements(): number {
  let differing = 0;
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const [verdict] = evaluateNetwork(scenario.azure, [scenario.source], scenario.port);
      const expected = expectedOf(scenario);
      const sameRule = expected.rule === undefined || verdict?.decidedBy.rule === expected.rule;
      if (verdict?.verdict !== expected.verdict || !sameRule) differing += 1;
    }),
    { numRuns: networks },
  );
  return differing;
}

/**
 * Measures three things. 1: the evaluation of one source on a VM with two groups of 1,000 rules with 100 prefixes each
 * (Azure allows 4,000 addresses per group). 2: the growth of evaluation and reading when the number of rules doubles.
 * 3: how often the evaluation and the oracle differ on random networks.
 */
export const network: Benchmark = {
  names: ["network.verdict-ms", "network.reading-ms", "network.growth", "network.oracle-disagreements"],
  async run() {
    const [half, whole] = bestMs([largeNetwork(500), largeNetwork(1000)]);
    if (!half || !whole) throw new Error("Two networks were measured.");
    return [
      measureTime("network.verdict-ms", whole.once, "ms", "under 1", 1),
      measureTime("network.reading-ms", whole.reading, "ms", "none: once for all sources"),
      measureTime(
        "network.growth",
        (whole.reading + whole.once) / (half.reading + half.once),
        "times",
        "about 2: linear",
        2,
      ),
      measureTime("network.oracle-disagreements", disagreements(), `of ${networks}`, "0"),
    ];
  },
};
