import { spawn } from "node:child_process";
import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import {
  createMessageConnection,
  type MessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import { z } from "zod";
import { findBicep } from "../../scripts/tools/locate.ts";
import { type Expression, parseExpression } from "./arm-expression.ts";

/*
 * The Bicep compiler, as tests ask it. It deploys nothing and signs in nowhere.
 */

export const bicep = findBicep();

export type Json = null | boolean | number | string | Json[] | { readonly [key: string]: Json };

/** Standing in for those of a deployment: names that derive from them are the same on every machine. */
const place = {
  subscriptionId: "00000000-0000-0000-0000-000000000001",
  tenantId: "00000000-0000-0000-0000-000000000002",
  location: "westeurope",
  resourceGroup: null,
  deploymentName: null,
};

/** The requests of `bicep jsonrpc` that are sent here (its ICliJsonRpcProtocol), with what is read of the answers. */
const Diagnostic = z.object({
  source: z.string(),
  range: z.object({ start: z.object({ line: z.number(), char: z.number() }) }),
  level: z.string(),
  code: z.string(),
  message: z.string(),
});
const Compiled = z.object({ success: z.boolean(), diagnostics: z.array(Diagnostic), contents: z.string().optional() });
const Parameters = z.object({ success: z.boolean(), diagnostics: z.array(Diagnostic) });
const Predicted = z.object({ snapshot: z.string() });

interface Ended {
  readonly succeeded: boolean;
  /** Errors and warnings, one a line. */
  readonly diagnostics: readonly string[];
}

/** One compiler for this process: what it has compiled once takes it a sixth of the time. It ends when this process does. */
let compiler: MessageConnection | undefined;

async function ask<Answer>(answer: z.ZodType<Answer>, method: string, request: object): Promise<Answer> {
  compiler ??= startCompiler();
  return answer.parse(await compiler.sendRequest(`bicep/${method}`, request));
}

function startCompiler(): MessageConnection {
  const child = spawn(bicep ?? "bicep", ["jsonrpc", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  // An end of the compiler rejects what was asked of it.
  child.on("close", () => connection.dispose());
  connection.listen();
  for (const handle of [child, child.stdin, child.stdout] as unknown as { unref(): void }[]) handle.unref();
  return connection;
}

function linesOf(diagnostics: readonly z.infer<typeof Diagnostic>[]): string[] {
  return diagnostics
    .filter(({ level }) => level !== "Info")
    .map(({ source, range: { start }, level, code, message }) => {
      return `${source}(${start.line + 1},${start.char + 1}) : ${level} ${code}: ${message}`;
    });
}

/** Builds what a pattern of paths names; templates by path without extension. Rules come from the next bicepconfig.json. */
export async function build(pattern: string): Promise<Ended & { readonly templates: ReadonlyMap<string, Json> }> {
  const templates = new Map<string, Json>();
  const diagnostics = new Set<string>();
  const paths = globSync(pattern).map((path) => path.replaceAll("\\", "/"));
  const common = pattern.includes("*") ? `${pattern.split("/*")[0]}/` : `${dirname(pattern)}/`;
  for (const path of paths) {
    const built = await ask(Compiled, "compile", { path: resolve(path) });
    for (const line of linesOf(built.diagnostics)) diagnostics.add(line);
    if (built.success)
      templates.set(path.slice(common.length).replace(/\.bicep$/, ""), JSON.parse(built.contents ?? ""));
  }
  return { succeeded: templates.size === paths.length && paths.length > 0, diagnostics: [...diagnostics], templates };
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
    const { success, diagnostics } = await ask(Parameters, "compileParams", { path: file, parameterOverrides: {} });
    if (!success) return { succeeded: false, diagnostics: linesOf(diagnostics), resources: [] };
    const request = { path: file, metadata: place, externalInputs: null };
    const { snapshot } = await ask(Predicted, "getSnapshot", request);
    const { predictedResources } = Snapshot.parse(JSON.parse(snapshot));
    return { succeeded: true, diagnostics: linesOf(diagnostics), resources: predictedResources };
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    return { succeeded: false, diagnostics: [error.message], resources: [] };
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
