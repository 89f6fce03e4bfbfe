import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { findBicep } from "../../scripts/tools/locate.ts";
import { type Expression, parseExpression } from "./arm-expression.ts";

/*
 * The Bicep compiler, as tests ask it. It deploys nothing and signs in nowhere; with `--no-restore` it fetches no modules, so
 * that a module of a registry does not build.
 */

export const bicep = findBicep();

export type Json = null | boolean | number | string | Json[] | { readonly [key: string]: Json };

/** Standing in for those of a deployment: names that derive from them are the same on every machine. */
const place = {
  "--subscription-id": "00000000-0000-0000-0000-000000000001",
  "--tenant-id": "00000000-0000-0000-0000-000000000002",
  "--location": "westeurope",
};

interface Ended {
  readonly succeeded: boolean;
  /** Errors and warnings, one a line. */
  readonly diagnostics: readonly string[];
}

async function run(...args: readonly string[]): Promise<Ended> {
  const { code, stderr } = await promisify(execFile)(bicep ?? "bicep", [...args]).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: { code: number; stderr: string }) => error,
  );
  return { succeeded: code === 0, diagnostics: stderr.split("\n").filter((line) => line.trim() !== "") };
}

/** Builds what a pattern of paths names with the rules of infra/bicepconfig.json; templates by path without extension. */
export async function build(pattern: string): Promise<Ended & { readonly templates: ReadonlyMap<string, Json> }> {
  const folder = mkdtempSync(join(tmpdir(), "bicep-"));
  try {
    const rules = ["--config", "infra/bicepconfig.json", "--no-restore"];
    const ended = await run("build", "--pattern", pattern, "--outdir", folder, ...rules);
    const templates = globSync("**/*.json", { cwd: folder }).map((path): [string, Json] => [
      path.replaceAll("\\", "/").replace(/\.json$/, ""),
      JSON.parse(readFileSync(join(folder, path), "utf8")),
    ]);
    return { ...ended, templates: new Map(templates) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const Resource = z.object({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  apiVersion: z.string(),
  condition: z.string().optional(),
  /** An object, or the text of an expression that Azure evaluates while it deploys. */
  properties: z.unknown().optional(),
});
export type Resource = z.infer<typeof Resource>;

const Snapshot = z.object({ predictedResources: z.array(Resource), diagnostics: z.array(z.unknown()) });

/** What main.bicep would deploy with the values of a JSON parameter file, or why the two do not fit. */
export async function snapshot(
  parameters: Readonly<Record<string, { readonly value: Json }>>,
): Promise<Ended & { readonly resources: readonly Resource[] }> {
  const folder = mkdtempSync(join(tmpdir(), "bicep-"));
  try {
    const file = join(folder, "main.bicepparam");
    const main = relative(folder, "infra/main.bicep").replaceAll("\\", "/");
    const lines = Object.entries(parameters).map(([name, { value }]) => `param ${name} = ${literal(value)}`);
    writeFileSync(file, [`using '${main}'`, ...lines].join("\n"));
    const ended = await run("snapshot", file, "--mode", "overwrite", ...Object.entries(place).flat());
    if (!ended.succeeded) return { ...ended, resources: [] };
    const text = readFileSync(file.replace(/\.bicepparam$/, ".snapshot.json"), "utf8");
    return { ...ended, resources: Snapshot.parse(JSON.parse(text)).predictedResources };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** JSON as a value of Bicep. */
function literal(value: Json): string {
  if (typeof value === "string")
    return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("${", "\\${")}'`;
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[\n${value.map(literal).join("\n")}\n]`;
  const lines = Object.entries(value).map(([name, inner]) => {
    return `${/^[A-Za-z_]\w*$/.test(name) ? name : literal(name)}: ${literal(inner)}`;
  });
  return `{\n${lines.join("\n")}\n}`;
}

/**
 * The resources of a deployment for a reviewer: a line for each with its scope, type, name and API version; for a role
 * assignment the role and where it holds. Names and conditions that Azure works out while it deploys say so.
 */
export function summarize(resources: readonly Resource[]): string {
  return `${resources.map(lineOf).sort().join("\n")}\n`;
}

function lineOf({ id, type, name, apiVersion, condition, properties }: Resource): string {
  const when = condition === undefined ? "" : " | conditional";
  if (type === "Microsoft.Authorization/roleAssignments") {
    const role = basename(z.object({ roleDefinitionId: z.string() }).parse(properties).roleDefinitionId);
    return `${scopeOf(id)} | ${type} | role ${role} | ${apiVersion}${when}`;
  }
  return `${scopeOf(id)} | ${type} | ${nameOf(name)} | ${apiVersion}${when}`;
}

/** The name; one that depends on the cloud alone has that part in angle brackets, because Bicep does not know the cloud. */
function nameOf(name: string): string {
  if (!name.startsWith("[")) return name;
  return wordsOf(parseExpression(name)) ?? "named while it is deployed";
}

function wordsOf(expression: Expression): string | null {
  if (expression.kind === "literal") return String(expression.value);
  if (expression.kind === "member") return suffixOf(expression);
  if (expression.name !== "format") return null;
  const [pattern, ...parts] = expression.arguments.map(wordsOf);
  if (pattern === undefined || [pattern, ...parts].includes(null)) return null;
  return (pattern ?? "").replaceAll(/\{(\d+)\}/g, (_, at) => parts[Number(at)] ?? "");
}

/** `environment().suffixes.storage` */
function suffixOf({ of, name }: Extract<Expression, { kind: "member" }>): string | null {
  const isSuffix =
    of.kind === "member" && of.name === "suffixes" && of.of.kind === "call" && of.of.name === "environment";
  return isSuffix && typeof name === "string" ? `<${name} suffix of the cloud>` : null;
}

/** The resource, group or subscription below which a resource is: `[extensionResourceId('<scope>', ...)]` or an id. */
function scopeOf(id: string): string {
  const [, scope] = /^\[\w+\('(\/[^']+)'/.exec(id) ?? [];
  if (scope !== undefined) return scope;
  const [, inSubscription, inGroup] = /^\[\w+\('([0-9a-f-]{36})', (?:'([^'/.]+)', )?'/.exec(id) ?? [];
  if (inSubscription) return `/subscriptions/${inSubscription}${inGroup ? `/resourceGroups/${inGroup}` : ""}`;
  const [subscription = id] = /^\/subscriptions\/[^/]+/.exec(id) ?? [];
  const [, group = subscription] = /^(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+)\//.exec(id) ?? [];
  const outer = id.slice(0, Math.max(0, id.lastIndexOf("/providers/")));
  return outer.length > group.length ? outer : group;
}
