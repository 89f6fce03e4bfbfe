import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Run } from "../../lib/core/run.ts";
import { answersOf } from "../../lib/report/answers.ts";
import { htmlReport } from "../../lib/report/html.ts";
import { markdownReport } from "../../lib/report/markdown.ts";
import { makePlan, makeRun, repairedRun } from "../cli/runs.ts";
import { readWorld, serveWorld } from "../fixtures/sandbox-service.ts";

/* A report as text. What a browser makes of the page is in test/report/in-chromium.test.ts, which needs one. */

/** The elements of a page as their names, in order; @throws Error when one is not closed, or closed by another. */
function elementsOf(page: string): string[] {
  const open: string[] = [];
  const seen: string[] = [];
  const withoutTexts = page.replace(/<style>[\s\S]*?<\/style>/, "<style></style>").replace("<!doctype html>", "");
  for (const [, closing, name = "", rest = ""] of withoutTexts.matchAll(/<(\/?)([a-z][\w]*)((?:[^"<>]|"[^"]*")*)>/g)) {
    if (closing) {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> closes <${last}>`);
    } else {
      seen.push(name);
      if (!rest.endsWith("/") && !["meta", "br"].includes(name)) open.push(name);
    }
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(", ")}`);
  return seen;
}

describe("the HTML page of a run", () => {
  const page = htmlReport(repairedRun());

  test("answers first what is wrong, what was done, whether it is proven and what is next", () => {
    const places = ['id="wrong"', 'id="done"', 'id="proven"', 'id="next"', 'id="findings"', 'id="timeline"'];
    const at = places.map((place) => page.indexOf(place));
    expect(at.every((index) => index > 0)).toBe(true);
    expect(at).toEqual(at.toSorted((a, b) => a - b));
    expect(page).toContain("cipher-policy-suits-rdp: The policy leaves no suite");
    expect(page).toContain(`<pre>rdp-remediation undo ${repairedRun().id}</pre>`);
    expect(page).toMatch(/before: failed in the TLS handshake.*after: completed with TLS 1\.2/);
  });

  test("is well-formed, loads nothing and has no script", () => {
    const elements = elementsOf(page);
    for (const name of ["script", "link", "iframe", "img", "object", "form"]) expect(elements).not.toContain(name);
    expect(page).not.toMatch(/\b(?:src|href|on\w+)=|url\(|@import|https?:/);
    expect(page).toContain("default-src 'none'");
  });

  test("takes nothing from a guest or from Azure for markup, in any field", () => {
    const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e'&`;
    const run = repairedRun();
    const everywhere = mapTexts(run, hostile) as Run;
    const elements = elementsOf(htmlReport({ ...everywhere, createdAt: run.createdAt, updatedAt: run.updatedAt }));
    expect(elements).not.toContain("script");
    expect(elements).not.toContain("img");
    const text = htmlReport(everywhere);
    expect(text).not.toContain("\u202e");
    expect(text).toContain("&lt;script&gt;alert(1)");
  });

  test("is well-formed whatever a text holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const run = makeRun({ log: [{ at: "2026-11-21T08:00:00.000Z", state: "queued", message: text }] });
        const elements = elementsOf(htmlReport(run));
        expect(elements.filter((name) => name === "time")).toHaveLength(1);
      }),
    );
  });

  test("a run that waits names the plan, the time and the commands of a decision", () => {
    const waiting = htmlReport(makeRun({ state: "awaiting-approval", plan: makePlan() }));
    expect(waiting).toContain("Waiting for a decision");
    expect(waiting).toMatch(/<pre>rdp-remediation decide \S+ --approve --plan [0-9a-f]{12}<\/pre>/);
  });

  test("draws the network path as SVG, with the hop that decides", async () => {
    const service = await serveWorld(readWorld("nsg-denies"), "modelled");
    try {
      const run = await service.run("diagnose", { sources: ["10.0.0.9"] });
      const drawn = htmlReport(run, { simulated: "nsg-denies" });
      const elements = elementsOf(drawn);
      expect(elements.filter((name) => name === "svg")).toHaveLength(1);
      expect(drawn).toMatch(/aria-label="10\.0\.0\.9 to [\d.]+:3389: denied"/);
      expect(drawn).toMatch(/class="bad"><title>[^<]+<\/title><rect [^>]*stroke-width="3"/);
      expect(drawn).toContain("Simulated: Azure was a sandbox, world nsg-denies.");
    } finally {
      await service.close();
    }
  });
});

describe("the answers", () => {
  test.each<[string, Run, RegExp]>([
    [
      "repaired",
      repairedRun(),
      /^Yes: the same \d+ checks find no fault on new evidence\. The handshake after it: comp/,
    ],
    ["not repaired", repairedRun({ outcome: { kind: "not-repaired", summary: "" } }), /^No: .* rolled back/],
    ["nothing read", makeRun({ state: "ended", outcome: { kind: "failed", summary: "x" } }), /no handshake was made/],
  ])("%s: whether it is proven", (_, run, sentence) => {
    expect(answersOf(run).proven).toMatch(sentence);
  });
});

describe("Markdown", () => {
  test("has the same answers, and the command on a line of its own", () => {
    const text = markdownReport(repairedRun());
    for (const title of ["What is wrong", "Done", "Proven", "Next", "Timeline"]) expect(text).toContain(`## ${title}`);
    expect(text).toContain(`\n      rdp-remediation undo ${repairedRun().id}\n`);
  });

  test("a run that is undone says by which run, here and on the page, and offers no undo", () => {
    const undo = {
      id: "0d1f2a3b-0000-4000-8000-000000000001",
      state: "ended",
      updatedAt: "2026-11-30T17:03:00.000Z",
    } as const;
    for (const text of [markdownReport(repairedRun(), undo), htmlReport(repairedRun(), { undoneBy: undo })]) {
      expect(text).toContain(`Undone by run ${undo.id} on ${undo.updatedAt}.`);
      expect(text).not.toContain(`rdp-remediation undo ${repairedRun().id}`);
    }
  });

  test("nothing from a guest becomes markup", () => {
    const run = makeRun({
      log: [{ at: "2026-11-21T08:00:00.000Z", state: "queued", message: "[x](http://evil) <b> `a`\n# title" }],
    });
    expect(markdownReport(run)).toContain("\\[x\\]\\(http://evil\\) \\<b\\> \\`a\\` \\# title");
  });
});

/** The same value with every text in it replaced, but for those by which the shape of a run is known. */
function mapTexts(value: unknown, text: string): unknown {
  if (typeof value === "string") return text;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, text));
  if (typeof value !== "object" || value === null) return value;
  const keeps = [
    "kind",
    "state",
    "verdict",
    "result",
    "stage",
    "purpose",
    "intent",
    "layer",
    "risk",
    "value",
    "changes",
  ];
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, keeps.includes(key) ? item : mapTexts(item, text)]),
  );
}
