import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Run } from "../../lib/core/run.ts";
import { htmlReport } from "../../lib/report/html.ts";
import { chromium } from "../fixtures/chromium.ts";
import { readWorld, serveWorld } from "../fixtures/sandbox-service.ts";

/*
 * The page of a repair, opened in Chromium (Debian: `apt-get install chromium-headless-shell`): what a browser makes of it. With
 * RDP_TEST_KEEP=FOLDER the page and its picture are left there, to be looked at.
 */

const folder = process.env.RDP_TEST_KEEP ?? mkdtempSync(join(tmpdir(), "rdp-browser-"));
const file = join(folder, "report.html");
const picture = join(folder, "report.png");

function open(...flags: string[]): string {
  const own = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", `--user-data-dir=${folder}/profile`];
  return execFileSync(chromium ?? "chromium", [...own, ...flags, pathToFileURL(file).href], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

describe.skipIf(!chromium)("the page of a repair, in Chromium", () => {
  let run: Run;
  let dom: string;

  beforeAll(async () => {
    const service = await serveWorld(readWorld("several-faults"), "modelled");
    try {
      run = await service.run("repair", { sources: ["10.0.0.9"] });
    } finally {
      await service.close();
    }
    writeFileSync(file, htmlReport(run, { simulated: "several-faults" }));
    dom = open("--dump-dom");
  });
  afterAll(() => {
    if (!process.env.RDP_TEST_KEEP) rmSync(folder, { recursive: true, force: true });
  });

  test("has its parts in the order in which a reader asks", () => {
    const titles = [...dom.matchAll(/<h2>([^<]+)<\/h2>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      "What is wrong",
      "Done",
      "Proven",
      "Next",
      "Findings",
      "Plan",
      "Done inside the VM",
      "Handshakes",
      "Network path",
      "Timeline (UTC)",
    ]);
  });

  test("says the outcome, every fault, the handshakes and how to take it back", () => {
    expect(dom).toContain('<span class="good">repaired</span>');
    for (const { check } of run.findings.filter(({ verdict }) => verdict === "faulty")) expect(dom).toContain(check);
    expect(dom).toMatch(/before: failed .*after: completed with TLS/);
    expect(dom).toContain(`<pre>rdp-remediation undo ${run.id}</pre>`);
    expect(dom).toContain("Simulated: Azure was a sandbox");
  });

  test("draws each network path as one SVG picture with its boxes", () => {
    const drawn = [...dom.matchAll(/<svg [\s\S]*?<\/svg>/g)].map(([svg]) => svg);
    const asked = (run.after ?? run.before)?.network.filter((verdict) => verdict.asked) ?? [];
    expect(drawn).toHaveLength(asked.length);
    for (const svg of drawn) expect(svg.match(/<rect /g)?.length).toBeGreaterThanOrEqual(3);
  });

  test("is painted, with colours", () => {
    open("--window-size=1200,1600", `--screenshot=${picture}`);
    const png = readFileSync(picture);
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    // A blank page of this size is a tenth of that.
    expect(png.length).toBeGreaterThan(60_000);
  });
});
