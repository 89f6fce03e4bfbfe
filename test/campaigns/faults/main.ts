import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { writeSection } from "../report.ts";
import { type EngineName, engineNames } from "../rig.ts";
import { callsOfScenarios, type FaultCase, tryCase } from "./case.ts";
import { faultKinds } from "./kinds.ts";
import { faultsSection } from "./page.ts";
import { nameOfCall, nameOfCase, type Tried } from "./table.ts";

/*
 * `npm run -s faults [-- --engine local|durable] [--only TEXT] [--json]`: every call of ARM with every kind of fault, once
 * and for ever. Without options it runs both engines in processes of their own and writes its section of docs/faults.md.
 * Exit code 1: something happened that must never happen; the line names the case, and `--only` repeats it.
 */

const { values } = parseArgs({
  options: { engine: { type: "string" }, only: { type: "string", default: "" }, json: { type: "boolean" } },
});
const wanted = engineNames.filter((name) => values.engine === undefined || name === values.engine);
if (wanted.length === 0) throw new TypeError(`--engine must be one of ${engineNames.join(", ")}.`);

/** Several at once, because a case waits for the SDKs' own timers most of the time. */
const atOnce = 8;

const isWhole = wanted.length > 1 && values.only === "";
const tried = isWhole ? (await Promise.all(wanted.map(inOwnProcess))).flat() : await tryAll();
if (values.json) console.log(JSON.stringify(tried));
else report(tried);
if (isWhole) writeSection("faults", faultsSection(tried));

async function inOwnProcess(engine: EngineName): Promise<Tried[]> {
  const program = fileURLToPath(import.meta.url);
  const options = { maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(process.execPath, [program, "--engine", engine, "--json"], options);
  return JSON.parse(stdout);
}

async function tryAll(): Promise<Tried[]> {
  const cases = (await casesOf(wanted)).filter((one) => nameOfCase(namesOf(one)).includes(values.only));
  const results: Tried[] = Array.from({ length: cases.length });
  const queue = cases.entries();
  async function work(): Promise<void> {
    for (const [index, one] of queue) {
      results[index] = { ...namesOf(one), ...(await tryCase(one)) };
      if (index % 100 === 99) console.error(`${one.engine}: ${index + 1} of ${cases.length}`);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
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

function namesOf({ engine, call, kind, often }: FaultCase) {
  return { engine, scenario: call.scenario, call: nameOfCall(call), kind: kind.name, often };
}

function report(all: readonly Tried[]): void {
  const wrong = all.filter(({ violations }) => violations.length > 0);
  for (const one of wrong) console.log(`${nameOfCase(one)}\n  ${one.violations.join("\n  ")}`);
  console.log(`${all.length} cases, ${wrong.length} with something that must never happen.`);
  if (wrong.length > 0) process.exitCode = 1;
}
