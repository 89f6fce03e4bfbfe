import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { type Browser, type BrowserContext, chromium as engine, type Page } from "playwright-core";
import { buildPage } from "../../scripts/build-page.ts";
import { chromium } from "../fixtures/chromium.ts";

/* The operator page in the Chromium of this machine, against `serve --sandbox` as a process of its own. */

export { chromium };

export type PersonName = "Reader" | "Operator" | "Approver";

/** A program that serves one world, and what its output says. */
export interface Served {
  readonly url: string;
  /** The output for people, with the commands to type. */
  readonly told: string;
  close(): Promise<void>;
}

/** Starts `serve --sandbox`. */
export async function serve(world: string): Promise<Served> {
  const { NO_COLOR: _, npm_lifecycle_event: __, ...inherited } = process.env;
  const args = ["cli/main.ts", "serve", "--sandbox", world, "--guest", "modelled", "--port", "0"];
  const child = spawn(process.execPath, args, {
    env: { ...inherited, RDP_REMEDIATION_DATABASE: ":memory:" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const told = await readUntilServing(child);
  const url = /Serving at (http:\/\/127\.0\.0\.1:\d+)/.exec(told)?.[1] ?? "";
  return {
    url,
    told,
    async close() {
      const closed = once(child, "close");
      child.kill("SIGTERM");
      await closed;
    },
  };
}

function readUntilServing(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let told = "";
    child.stderr?.on("data", (text) => {
      told += text;
      // The VMs are told last.
      if (/The operator page[\s\S]+authority\.\n/.test(told)) resolve(told);
    });
    child.once("close", (code) => reject(new Error(`serve ended with ${code}: ${told}`)));
  });
}

/** A window in which one person works. */
export interface Window {
  readonly page: Page;
  /** What must never appear: errors, violations of the policy, errors in the console. */
  readonly surprises: readonly string[];
}

export interface Browsing {
  readonly browser: Browser;
  /** Opens the page at a place, e.g. `#/runs`, and signs in. */
  open(served: Served, as: PersonName, hash?: string, options?: Parameters<Browser["newContext"]>[0]): Promise<Window>;
  close(): Promise<void>;
}

/** Ends a test that hangs; how fast the page is, is the machine's affair. */
const patienceMs = 10 * 60_000;

/** Builds the page, and starts one Chromium for all tests of a file. */
export async function startBrowsing(): Promise<Browsing> {
  await buildPage();
  const browser = await engine.launch({
    executablePath: chromium ?? "chromium",
    args: ["--no-sandbox", "--no-proxy-server", "--disable-gpu"],
  });
  const contexts: BrowserContext[] = [];
  return {
    browser,
    async open({ url }, as, hash = "", options = {}) {
      // The certificate of the simulated Azure is its own.
      const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
      context.setDefaultTimeout(patienceMs);
      contexts.push(context);
      const page = await context.newPage();
      const surprises = watch(page);
      await page.goto(`${url}/app/${hash}`);
      await page.getByRole("link", { name: as }).click();
      await page.getByRole("button", { name: "Sign out" }).waitFor();
      return { page, surprises };
    },
    async close() {
      for (const context of contexts) await context.close();
      await browser.close();
    },
  };
}

function watch(page: Page): string[] {
  const surprises: string[] = [];
  page.on("pageerror", (error) => surprises.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") surprises.push(`console: ${message.text()}`);
  });
  // A text: this program's types know no window.
  void page.addInitScript(
    `addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
      console.error("policy:", violatedDirective, blockedURI, sample));`,
  );
  return surprises;
}

/** One request to the API as a program, e.g. an action group. @throws Error when it is refused. */
export async function call(
  { url, told }: Served,
  as: "requester" | "actionGroup" | "approver",
  path: string,
  body?: unknown,
): Promise<unknown> {
  const token = await tokenOf(told, as);
  const answer = await fetch(`${url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const titles = {
  requester: "A token to call it with",
  actionGroup: "Or, to send alerts",
  approver: "Or, to decide on plans",
};

/** Signs in as one of the callers whose commands `serve` has shown. */
async function tokenOf(told: string, as: keyof typeof titles): Promise<string> {
  const command = told.slice(told.indexOf(titles[as]));
  const read = (pattern: RegExp) => pattern.exec(command)?.[1] ?? "";
  const ca = read(/--cacert (\S+)/);
  const form = ["grant_type", "client_id", "client_secret", "scope"].flatMap((name) => [
    "-d",
    `${name}=${read(new RegExp(`-d ${name}=(\\S+)`))}`,
  ]);
  const address = read(/(https:\/\/127\.0\.0\.1:\S+\/token)/);
  const { stdout } = await promisify(execFile)("curl", ["-s", "--noproxy", "*", "--cacert", ca, address, ...form]);
  return (JSON.parse(stdout) as { access_token: string }).access_token;
}

/** The ids of the VMs that `serve` has listed. */
export function vmsOf({ told }: Served): string[] {
  return told.slice(told.indexOf("Its VM")).match(/\/subscriptions\/\S+/g) ?? [];
}

/** As if a window of the page were looked at again: it asks for what is new at once. */
export const look = "document.dispatchEvent(new Event('visibilitychange'))";

/** A service to which an alert has come: its run waits for a decision, or soon will, because sessions are open. */
export interface AlertedService {
  readonly browsing: Browsing;
  readonly served: Served;
  /** The run on the page. */
  readonly place: string;
}

export async function serveAlert(): Promise<AlertedService> {
  const [browsing, served] = await Promise.all([startBrowsing(), serve("active-sessions")]);
  const alert = JSON.parse(readFileSync("test/fixtures/alerts/resource-health.json", "utf8"));
  const { accepted } = (await call(served, "actionGroup", "/api/alerts", alert)) as { accepted: { runId: string }[] };
  return { browsing, served, place: `#/runs/${accepted[0]?.runId}` };
}
