import { createHash } from "node:crypto";
import { machineKeysFolder } from "../../lib/core/windows.ts";
import type { Guest } from "../../sandbox/guest/guest.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { pwshGuest } from "../../sandbox/guest/pwsh-guest.ts";
import { foreignKey, healthyWindows, keyFileName, thumbprintOf } from "../../sandbox/windows/healthy.ts";
import { simulateWindows } from "../../sandbox/windows/simulator.ts";
import type { WindowsState } from "../../sandbox/windows/state.ts";
import { pwsh } from "../fixtures/pwsh.ts";
import { ask, rigTime, runId } from "../guest/scenarios-rig.ts";
import { type Benchmark, measureTime, median } from "./benchmark.ts";

const [rules, certificates, keys] = [1_000, 500, 20_000];
const rounds = 3;

/** A server that many have used: rules of the firewall, of which a tenth is about RDP, certificates with keys, and keys. */
function usedWindows(): WindowsState {
  const state = healthyWindows();
  const noise = (text: string) => createHash("sha256").update(text).digest("base64url");
  for (let n = 0; n < rules; n++) {
    state.firewall.rules.push({
      name: noise(`rule ${n}`),
      group: false,
      enabled: true,
      action: n % 10 === 0 ? "Block" : "Allow",
      profiles: ["Domain", "Private", "Public"],
      localPorts: [n % 10 === 0 ? "3389" : String(10_000 + n)],
      reachesListener: true,
      remoteAddresses: [`203.0.${n % 250}.${n % 200}`],
      managedBy: "local",
    });
  }
  for (let n = 0; n < certificates; n++) {
    const [file, thumbprint] = [keyFileName(`site ${n}`), thumbprintOf(`site ${n}`)];
    state.files[`${machineKeysFolder}\\${file}`] = foreignKey(thumbprint, 3400);
    state.certificates.My[thumbprint] = {
      subject: `CN=site-${n}.example.com`,
      selfSigned: false,
      notBefore: "now-30d",
      notAfter: "now+335d",
      keyAlgorithm: "RSA",
      keySize: 2048,
      keyUsages: ["1.3.6.1.5.5.7.3.1"],
      key: { provider: "Microsoft RSA SChannel Cryptographic Provider", container: `site ${n}`, file },
      usedBy: [`http.sys 0.0.0.0:${10_000 + n}`],
    };
  }
  for (let n = certificates; n < keys; n++) {
    state.files[`${machineKeysFolder}\\${keyFileName(`key ${n}`)}`] = foreignKey(`key ${n}`, 1500);
  }
  return state;
}

interface Cost {
  readonly seconds: number;
  /** Calls of functions that read Windows, e.g. Get-StoreCertificates. */
  readonly calls: number;
  readonly bytes: number;
  readonly dropped: readonly string[];
}

async function collectOnce(guest: Guest, state: WindowsState): Promise<Cost> {
  const windows = simulateWindows(state, { now: () => rigTime });
  let calls = 0;
  windows.onCall = () => {
    calls += 1;
  };
  const start = performance.now();
  const { reply, bytes } = await ask(guest, windows, "collect", { runId: runId(1), step: "collect-1" });
  return { seconds: (performance.now() - start) / 1000, calls, bytes, dropped: reply.dropped };
}

async function cost(guest: Guest, state: WindowsState): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round++) costs.push(await collectOnce(guest, state));
  const [first] = costs;
  if (!first) throw new Error("At least one round is measured.");
  return { ...first, seconds: median(costs.map(({ seconds }) => seconds)) };
}

/**
 * One look into a used server beside one into the healthy world. Calls of Windows cost nothing in the simulator, so the
 * seconds are those of the script itself; how long Windows takes for the calls was never measured.
 */
export const collectCost: Benchmark = {
  names: ["collect.seconds", "collect.commands", "collect.reply-bytes"],
  async run() {
    const guest = pwsh === null ? modelledGuest : pwshGuest(pwsh);
    const [used, healthy] = [await cost(guest, usedWindows()), await cost(guest, healthyWindows())];
    const of = `${rules} rules, ${certificates} certificates, ${keys} keys against the healthy world (${guest.kind} guest)`;
    const dropped = used.dropped.length > 0 ? `; no room for ${used.dropped.join(", ")}: a second look` : "";
    return [
      measureTime("collect.seconds", used.seconds, "s", of, healthy.seconds),
      measureTime("collect.commands", used.calls, "calls of Windows", "grows with certificates alone", healthy.calls),
      measureTime("collect.reply-bytes", used.bytes, "bytes", `at most 3500${dropped}`, healthy.bytes),
    ];
  },
};
