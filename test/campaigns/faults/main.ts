import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { hostCommand } from "../../e2e/host/functions-host.ts";
import { writeSection } from "../report.ts";
import { type EngineName, engineNames } from "../rig.ts";
import { callsOfScenarios, type FaultCase, type HostCase, tryCase } from "./case.ts";
import { tryInHost } from "./host.ts";
import { hostCases } from "./host-cases.ts";
import { hostSection } from "./host-page.ts";
import { faultKinds } from "./kinds.ts";
import { faultsSection } from "./page.ts";
import { nameOfCall, nameOfCase, type Tried } from "./table.ts";

/*
 * `npm run -s faults [-- --engine local|durable|host] [--only TEXT] [--json]`: every call of ARM with every kind of fault, once
 * and for ever. Without options it runs both engines in processes of their own and, where there is a Functions host
 * (FUNCTIONS_HOST_START names the command that starts it), a cut of the cases in that, and writes its sections of docs/faults.md.
 * Exit code 1: something happened that must never happen; the line names the case, and `--only` repeats it.
 */

const { values } = parseArgs({
  options: { engine: { type: "string" }, only: { type: "string", default: "" }, json: { type: "boolean" } },
});
const wanted = engineNames.filter((name) => values.engine === undefined || name === values.engine);
if (wanted.length === 0 && values.engine !== "host")
  throw new TypeError(`--engine must be one of ${engineNames.join(", ")}, host.`);

/** Several at once, because a case waits for the SDKs' own timers most of the time. */
const atOnce = 8;

const isEverything = values.engine === undefined && values.only === "";
const tried = isEverything ? (await Promise.all(wanted.map(inOwnProcess))).flat() : await tryAll(await casesOf(wanted));
if (isEverything) writeSection("faults", faultsSection(tried));
const triedInHost = values.engine === "host" || (isEverything && hostCommand) ? await tryHost(tried) : [];
if (values.json) console.log(JSON.stringify([...tried, ...triedInHost]));
else report([...tried, ...triedInHost]);

async function inOwnProcess(engine: EngineName): Promise<Tried[]> {
  const program = fileURLToPath(import.meta.url);
  const options = { maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(process.execPath, [program, "--engine", engine, "--json"], options);
  return JSON.parse(stdout);
}

async function tryAll(cases: readonly FaultCase[]): Promise<Tried[]> {
  const chosen = cases.filter(isChosen);
  const results: Tried[] = Array.from({ length: chosen.length });
  const queue = chosen.entries();
  async function work(): Promise<void> {
    for (const [index, one] of queue) {
      results[index] = { ...namesOf(one), ...(await tryCase(one)) };
      if (index % 100 === 99) console.error(`${one.engine}: ${index + 1} of ${chosen.length}`);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

/** The cut for a real host, and the same cases in this process where they have not been tried yet. */
async function tryHost(already: readonly Tried[]): Promise<Tried[]> {
  const all = await casesOf(["local"]);
  const cases = hostCases(await callsOfScenarios()).filter((one) => isChosen({ ...one, engine: "host" }));
  const results = await tryInHost(cases, (line) => console.error(line));
  const inHost = cases.map(
    (one, index): Tried => ({
      ...namesOf({ ...one, engine: "host" }),
      ended: "not tried",
      violations: [],
      ...results[index],
    }),
  );
  const local = already.length > 0 ? already : await tryAll(cases.map((one) => ({ ...one, engine: "local" as const })));
  if (values.only === "") writeSection("faults-host", hostSection(inHost, local, all.length));
  return inHost;
}

async function casesOf(engines: readonly EngineName[]): Promise<FaultCase[]> {
  const calls = await callsOfScenarios();
  return engines.flatMap((engine) =>
    calls.flatMap((call) =>
      faultKinds.flatMap((kind) => {
        const often = kind.isSlow ? (["once"] as const) : (["once", "always"] as const);
        return often.map((one) => ({ engine, call, kind, often: one }));
      }),
    ),
  );
}

type Named = HostCase & Pick<Tried, "engine">;

function isChosen(one: Named): boolean {
  return nameOfCase(namesOf(one)).includes(values.only);
}

function namesOf({ engine, call, kind, often }: Named) {
  return { engine, scenario: call.scenario, call: nameOfCall(call), kind: kind.name, often };
}

function report(all: readonly Tried[]): void {
  const wrong = all.filter(({ violations }) => violations.length > 0);
  for (const one of wrong) console.log(`${nameOfCase(one)}\n  ${one.violations.join("\n  ")}`);
  console.log(`${all.length} cases, ${wrong.length} with something that must never happen.`);
  if (wrong.length > 0) process.exitCode = 1;
}
