import { execFile } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { plainLines } from "../../lib/core/plain-text.ts";
import { describeWhatIf, nsgNameOf, parameterFile, templateFile } from "../../lib/network/proposal-forms.ts";
import { addToSummary } from "./job-summary.ts";
import { type Removable, removableRules } from "./removable-rules.ts";
import { ask, runToEnd, type Service } from "./service.ts";
import { type Validated, validateProposal } from "./validate-proposal.ts";

/*
 * What the pipeline does, so that its file says only when and as whom. Run in the root of a checkout, signed in with
 * the Azure CLI; every value comes from the environment, never from a command line that a shell would read.
 *
 *   network-fix.ts review          RUN_ID                     shows what deploying would change; gives REVIEWED
 *   network-fix.ts deploy          RUN_ID, REVIEWED           deploys that, if it is still the same
 *   network-fix.ts recheck         RUN_ID                     the service must find the sources let in
 *   network-fix.ts remove          RUN_ID, NSG_SUBSCRIPTIONS  takes a run's rules away
 *   network-fix.ts remove-expired  NSG_SUBSCRIPTIONS          takes away every rule whose time is over
 *
 * All but the last two need SERVICE_URL and SERVICE_AUDIENCE; the role in the service is Rdp.Read.
 */

type Environment = Readonly<Record<string, string | undefined>>;

export const commands: Record<string, (environment: Environment) => Promise<void>> = {
  review,
  deploy,
  recheck,
  remove: (environment) => remove(environment, { runId: runIdOf(environment) }),
  "remove-expired": (environment) => remove(environment, { expiredAt: new Date() }),
};

async function review(environment: Environment): Promise<void> {
  const { proposals, digest } = await fetchProposal(environment);
  const described = proposals.map(describeWhatIf).join("\n");
  print(described);
  const whatIf = await deployments(proposals, "what-if");
  tell(environment, "reviewed", digest);
  addToSummary(environment, {
    title: `Network fix of run ${runIdOf(environment)}`,
    says: `${count(proposals.flatMap(({ rules }) => rules).length, "rule")} would be deployed. Whoever approves the next job approves exactly this (digest ${digest.slice(0, 12)}).`,
    quoted: `${described}\n\n${whatIf.join("\n")}`,
  });
}

async function deploy(environment: Environment): Promise<void> {
  const { proposals, digest } = await fetchProposal(environment);
  if (digest !== environment.REVIEWED) {
    throw new Error("The proposal is not the one that was reviewed. Nothing was deployed; start again.");
  }
  await deployments(proposals, "create");
  addToSummary(environment, {
    title: "Deployed",
    says: `${count(proposals.flatMap(({ rules }) => rules).length, "rule")} of run ${runIdOf(environment)}. The pipeline of expiry removes them when their time is over.`,
    quoted: proposals.map(describeWhatIf).join("\n"),
  });
}

/** Azure needs some seconds to put a rule in effect, so it is asked more than once. */
async function recheck(environment: Environment): Promise<void> {
  const { vm, proposals } = await fetchProposal(environment);
  const service = serviceOf(environment);
  const sources = proposals.map(({ source }) => source);
  const port = proposals[0]?.port;
  const request = { vm, mode: "diagnose", checks: ["nsg-allows-rdp"], sources, port };
  const pollMs = Number(environment.POLL_SECONDS ?? 5) * 1000;
  let said = "";
  for (let attempt = 0; attempt < 5; attempt++) {
    const run = await runToEnd(service, request, { pollMs, patienceMs: 10 * 60_000 });
    const finding = run.findings.find(({ check }) => check === "nsg-allows-rdp");
    said = finding?.because ?? run.error?.message ?? "The service found nothing.";
    print(said);
    if (finding?.verdict === "healthy" || finding?.verdict === "noted") {
      addToSummary(environment, { title: "Proven", says: "The service finds the sources let in.", quoted: said });
      return;
    }
    await sleep(3 * pollMs);
  }
  const says = "The rules are deployed, but the service does not find them to help.";
  addToSummary(environment, { title: "Not proven", says, quoted: said });
  throw new Error(`The rules are deployed, but the service does not find them to help. ${said}`);
}

async function remove(environment: Environment, which: Removable): Promise<void> {
  const ids: string[] = [];
  for (const subscription of need(environment, "NSG_SUBSCRIPTIONS", /^[0-9a-f-]{36}(,[0-9a-f-]{36})*$/i).split(",")) {
    const listed = await az("network", "nsg", "list", "--subscription", subscription, "--output", "json");
    ids.push(...removableRules(JSON.parse(listed), which));
  }
  if (ids.length === 0) print("There is no such rule.");
  const removed: string[] = [];
  try {
    for (const id of ids) {
      print(`Removing ${id}`);
      await az("network", "nsg", "rule", "delete", "--ids", id);
      removed.push(id);
    }
  } finally {
    const says = `${removed.length} of ${count(ids.length, "rule")} removed.`;
    if (ids.length > 0) addToSummary(environment, { title: "Removed", says, quoted: removed.join("\n") });
  }
}

async function fetchProposal(environment: Environment): Promise<Validated> {
  const runId = runIdOf(environment);
  const answer = await ask(serviceOf(environment), `/api/runs/${runId}/network-proposal`);
  const validated = validateProposal(answer, runId, new Date());
  if ("problems" in validated) {
    throw new Error(`This proposal is not to be deployed:\n  ${validated.problems.join("\n  ")}`);
  }
  return validated;
}

/** One deployment for each group, in its own subscription and resource group; what Azure said of each. */
async function deployments(proposals: Validated["proposals"], verb: "what-if" | "create"): Promise<string[]> {
  const said: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), "network-fix-"));
  try {
    for (const proposal of proposals) {
      for (const [index, rule] of proposal.rules.entries()) {
        const file = join(folder, `${proposal.name}-${index}.json`);
        writeFileSync(file, JSON.stringify(parameterFile(proposal, rule)));
        const { subscriptionId, resourceGroup, name } = nsgNameOf(rule);
        const deployment = `${proposal.name}-${name}`.slice(0, 64);
        const where = ["--subscription", subscriptionId, "--resource-group", resourceGroup, "--name", deployment];
        const what = ["--template-file", templateFile, "--parameters", `@${file}`];
        // The what-if of an identity that may not write: without this, Azure asks for the rights of a deployment.
        const rights = verb === "what-if" ? ["--validation-level", "ProviderNoRbac"] : [];
        const answer = await az("deployment", "group", verb, ...where, ...what, ...rights);
        print(answer);
        said.push(answer);
      }
    }
    return said;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** Nothing that the service or Azure says may command the pipeline that shows it. */
function print(text: string): void {
  console.log(plainLines(text));
}

/** Hands a value to the next job, in GitHub's way and in that of Azure DevOps. */
function tell({ GITHUB_OUTPUT }: Environment, name: string, value: string): void {
  if (GITHUB_OUTPUT) appendFileSync(GITHUB_OUTPUT, `${name}=${value}\n`);
  console.log(`##vso[task.setvariable variable=${name};isOutput=true]${value}`);
}

function serviceOf(environment: Environment): Service {
  const url = need(environment, "SERVICE_URL", /^https:\/\/[^/?#\s]+$|^http:\/\/127\.0\.0\.1:\d+$/);
  const audience = need(environment, "SERVICE_AUDIENCE", /^[\w:/.-]+$/);
  const token = async () => {
    const query = ["--query", "accessToken", "--output", "tsv"];
    return (await az("account", "get-access-token", "--resource", audience, ...query)).trim();
  };
  return { url, token };
}

function runIdOf(environment: Environment): string {
  return need(environment, "RUN_ID", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
}

/** @throws Error that names the variable and not its value. */
function need(environment: Environment, name: string, shape: RegExp): string {
  const value = environment[name] ?? "";
  if (!shape.test(value)) throw new Error(`${name} is missing or not what it should be.`);
  return value;
}

/** No shell stands in between: what an argument holds stays in it. */
async function az(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("az", args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

if (import.meta.main) {
  const [, , name = ""] = process.argv;
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw new Error(`Say what to do: ${Object.keys(commands).join(", ")}.`);
    await command(process.env);
  } catch (error) {
    console.error(plainLines(error instanceof Error ? error.message : String(error)));
    process.exitCode = 1;
  }
}
