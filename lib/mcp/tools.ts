import { z } from "zod";
import { ErrorExplanation } from "../error-codes/explanation.ts";
import { RunSummary, RunView } from "../run-view/run-view.ts";
import type { ApiAnswer, McpHost } from "./ask-api.ts";
import { describeRun, headline } from "./describe-run.ts";
import { quote } from "./quote.ts";

/** The text of a tool's result. `failed`: what was asked for did not happen. */
export interface ToolResult {
  readonly text: string;
  readonly failed?: true;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  /** Whether it changes nothing, in the VM or elsewhere, except that a run is stored. */
  readonly readOnly: boolean;
  call(input: never, host: McpHost): Promise<ToolResult>;
}

/** The names of the tools, in the order in which they are listed. */
export type ToolName = "explain_error" | "diagnose_vm" | "network_verdict" | "get_run" | "list_runs" | "propose_repair";

/** Servers and clients end a call that takes minutes: Azure's front end after 230 s, clients after 60 s by default. */
const defaultWaitSeconds = 45;
const maximumWaitSeconds = 200;

const vm = z.string().min(1).max(512).describe("Azure resource id of the VM.");
const sources = z
  .array(z.string().max(64))
  .max(20)
  .optional()
  .describe("Clients that should reach Remote Desktop: IP addresses, CIDRs, VirtualNetwork or Internet.");
const clientError = z.string().max(1000).optional().describe("What the client shows, e.g. 0x904/0x7, or its text.");
const waitSeconds = z
  .int()
  .min(0)
  .max(maximumWaitSeconds)
  .default(defaultWaitSeconds)
  .describe("How long to wait for the run to end; ask get_run afterwards.");
const id = z.guid().describe("Id of the run.");

function defineTool<Input extends z.ZodObject>(
  tool: Omit<Tool, "call" | "input"> & {
    readonly name: ToolName;
    readonly input: Input;
    call(input: z.infer<Input>, host: McpHost): Promise<ToolResult>;
  },
): Tool {
  // The server calls a tool only with what its own schema has read.
  return tool as unknown as Tool;
}

export const tools: readonly Tool[] = [
  defineTool({
    name: "explain_error",
    title: "Explain an error of Remote Desktop",
    description:
      "What an error of a Remote Desktop client (mstsc) means: what it proves, what it does not prove, and the likely causes. Needs no VM.",
    input: z.strictObject({ error: z.string().min(1).max(2000).describe("Code or text, e.g. 0x904 extended 0x7.") }),
    readOnly: true,
    async call({ error }, { ask }) {
      const answer = await ask("GET", `/api/explain?${new URLSearchParams({ text: error })}`);
      return read(answer, ErrorExplanation, describeExplanation);
    },
  }),
  defineTool({
    name: "diagnose_vm",
    title: "Diagnose Remote Desktop of a VM",
    description:
      "Finds out why Remote Desktop of a Windows VM on Azure fails, from evidence of Azure and of a Run Command inside the VM. Changes nothing. Takes about a minute.",
    input: z.strictObject({ vm, sources, clientError, waitSeconds }),
    readOnly: true,
    call: ({ waitSeconds, ...body }, host) => startAndWait({ ...body, mode: "diagnose" }, waitSeconds, host),
  }),
  defineTool({
    name: "network_verdict",
    title: "Whether the network lets clients reach a VM",
    description:
      "Whether NSGs, routes and firewalls of Azure let these clients reach Remote Desktop of a VM, and which rule decides. Looks at Azure alone, not into the VM.",
    input: z.strictObject({ vm, sources, port: z.int().min(1).max(65_535).optional(), waitSeconds }),
    readOnly: true,
    call: ({ waitSeconds, ...body }, host) =>
      startAndWait({ ...body, mode: "diagnose", checks: ["nsg-allows-rdp"] }, waitSeconds, host),
  }),
  defineTool({
    name: "get_run",
    title: "Get a run",
    description: "The result of a diagnosis or repair, or how far it is.",
    input: z.strictObject({ id }),
    readOnly: true,
    call: async ({ id }, host) =>
      read(await host.ask("GET", `/api/runs/${id}`), RunView, (run) => describeRun(run, host)),
  }),
  defineTool({
    name: "list_runs",
    title: "List runs",
    description: "Runs that you may read, newest first.",
    input: z.strictObject({ vm: vm.optional(), top: z.int().min(1).max(50).default(10) }),
    readOnly: true,
    async call({ vm, top }, { ask }) {
      const query = new URLSearchParams({ $top: String(top), ...(vm !== undefined && { vm }) });
      const Page = z.object({ value: z.array(RunSummary) });
      return read(await ask("GET", `/api/runs?${query}`), Page, ({ value }) => {
        const lines = value.map((run) =>
          [headline(run), ...[run.summary || run.latestMessage].filter(Boolean).map((text) => `  ${quote(text)}`)].join(
            "\n",
          ),
        );
        return lines.length > 0 ? lines.join("\n") : "There are no runs.";
      });
    },
  }),
  defineTool({
    name: "propose_repair",
    title: "Propose a repair of Remote Desktop",
    description:
      "Diagnoses a VM and plans the least invasive repair. Changes nothing: whatever the plan is, a person has to approve it, which no tool here can do.",
    input: z.strictObject({
      vm,
      sources,
      clientError,
      remediations: z
        .array(z.string().max(64))
        .max(20)
        .optional()
        .describe("Exactly these remediations instead of the least invasive ones."),
      waitSeconds,
    }),
    readOnly: false,
    // No change has a risk below "low": with "none" every plan waits.
    call: ({ waitSeconds, ...body }, host) =>
      startAndWait({ ...body, mode: "repair", maximumRisk: "none" }, waitSeconds, host),
  }),
];

async function startAndWait(body: object, waitSeconds: number, host: McpHost): Promise<ToolResult> {
  let answer = await host.ask("POST", "/api/runs", body);
  for (let waited = 0; ; ) {
    const run = answer.status < 400 ? RunView.safeParse(answer.body) : null;
    if (!run?.success) return refusal(answer);
    // A person may take a day to decide.
    const rests = answer.retryAfterSeconds === null || run.data.state === "awaiting-approval";
    const seconds = Math.max(1, answer.retryAfterSeconds ?? 0);
    if (rests || waited + seconds > waitSeconds) return { text: describeRun(run.data, host) };
    await host.wait(seconds * 1000);
    waited += seconds;
    answer = await host.ask("GET", `/api/runs/${run.data.id}`);
  }
}

function read<Body>(answer: ApiAnswer, schema: z.ZodType<Body>, describe: (body: Body) => string): ToolResult {
  const body = schema.safeParse(answer.body);
  return answer.status < 400 && body.success ? { text: describe(body.data) } : refusal(answer);
}

const ErrorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

function refusal({ status, body, retryAfterSeconds }: ApiAnswer): ToolResult {
  const told = ErrorBody.safeParse(body);
  const what = told.success ? `${told.data.error.code}: ${quote(told.data.error.message)}` : "no error was told";
  const again = retryAfterSeconds === null ? "" : ` Ask again in ${retryAfterSeconds} s.`;
  return { text: `The service refused (${status}). ${what}${again}`, failed: true };
}

function describeExplanation({ known, understood, codes, proves, doesNotProve, causes }: ErrorExplanation): string {
  if (!known) return "Nothing in this error is known. Diagnose the VM, whatever the client says.";
  return [
    `Understood as ${understood}.`,
    ...codes.map(({ hex, names, means, source }) => {
      return `- ${hex}${names.length > 0 ? ` (${names.join(", ")})` : ""}: ${means}${source ? ` [${source.standing}: ${source.url}]` : ""}`;
    }),
    ...proves.map((text) => `It proves: ${text}`),
    ...doesNotProve.map((text) => `It does not prove: ${text}`),
    ...(causes.length > 0 ? ["Likely causes; the order is experience, not evidence:"] : []),
    ...causes
      .slice(0, 8)
      .map(({ title, side, check }) => `- ${title} (${side}${check ? `, decided by ${check}` : ""})`),
  ].join("\n");
}
