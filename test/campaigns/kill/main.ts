import { parseArgs } from "node:util";
import { newSeed } from "../random.ts";
import { killCampaign } from "./campaign.ts";

/*
 * `npm run -s kill [-- --seed N] [--kills N] [--store sqlite|tables]`: the service is killed with SIGKILL at random
 * instants while callers ask for repairs, approvals, undos and cancellations and alerts arrive. The seed repeats what they ask for
 * and when the service is killed; what is in flight then depends on the machine. Exit code 1: something was lost or doubled.
 */

const { values } = parseArgs({
  options: { seed: { type: "string" }, kills: { type: "string", default: "30" }, store: { type: "string" } },
});
const seed = values.seed === undefined ? newSeed() : Number(values.seed);
const stores = (["sqlite", "tables"] as const).filter((name) => values.store === undefined || values.store === name);
if (stores.length === 0 || !Number.isInteger(seed))
  throw new TypeError("--store is sqlite or tables, --seed a number.");

for (const store of stores) {
  console.log(`${store}: seed ${seed}`);
  const result = await killCampaign({ store, seed, kills: Number(values.kills), vms: 24, tell: console.error });
  const { violations, ...figures } = result;
  console.log(JSON.stringify(figures));
  for (const violation of violations) console.log(violation);
  if (violations.length === 0) continue;
  console.log(`Again: npm run -s kill -- --seed ${seed} --kills ${values.kills} --store ${store}`);
  process.exitCode = 1;
}
