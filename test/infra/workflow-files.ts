import { globSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

// GitHub's parser imports its schema, a JSON file, without saying what it is; Node refuses that.
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context),
});
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import("@actions/workflow-parser");

const repository = fileURLToPath(new URL("../../", import.meta.url));

/** A workflow as YAML, cut down to what tests look at. */
export interface Workflow {
  readonly name: string;
  readonly on: Record<string, unknown>;
  readonly permissions?: Record<string, string>;
  readonly concurrency?: { readonly group: string };
  readonly defaults?: { readonly run?: { readonly shell?: string } };
  readonly jobs: Record<string, WorkflowJob>;
}

export interface WorkflowJob {
  readonly "runs-on"?: string;
  readonly needs?: string | string[];
  readonly environment?: string | { name: string };
  readonly permissions?: Record<string, string>;
  readonly strategy?: { readonly matrix?: Record<string, unknown[]> };
  readonly defaults?: { readonly run?: { readonly shell?: string } };
  readonly steps?: WorkflowStep[];
}

export interface WorkflowStep {
  readonly name?: string;
  readonly uses?: string;
  readonly with?: Record<string, unknown>;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Record<string, unknown>;
  readonly if?: string;
}

/** Every workflow of the repository, by its path in it. */
export function workflowFiles(): string[] {
  return globSync(".github/workflows/*.{yml,yaml}", { cwd: repository })
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}

export function workflowText(path: string): string {
  return readFileSync(`${repository}${path}`, "utf8");
}

export function readWorkflow(path: string): Workflow {
  return parse(workflowText(path));
}

export function stepsOf(workflow: Workflow): WorkflowStep[] {
  return Object.values(workflow.jobs).flatMap(({ steps }) => steps ?? []);
}

/** What GitHub's own parser has against a workflow: its schema, its expressions, the order of its jobs. */
export async function workflowProblems(path: string, content = workflowText(path)): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: path, content }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}
