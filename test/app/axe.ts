import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const widths = [360, 1280];
const schemes = ["light", "dark"] as const;

/**
 * What axe finds on the open view, in light and dark and at both widths; also a page that scrolls sideways. Each line
 * names the rule and the element.
 */
export async function barriersOf(page: Page): Promise<string[]> {
  const found: string[] = [];
  const before = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const where = `${width} ${colorScheme}`;
      const violations = await page.evaluate<{ id: string; nodes: { html: string; failureSummary: string }[] }[]>(
        `${source};axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)`,
      );
      for (const { id, nodes } of violations) {
        for (const { html, failureSummary } of nodes) found.push(`${where}: ${id}: ${html}: ${failureSummary}`);
      }
      const overflow = await page.evaluate<number>(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      if (overflow > 0) found.push(`${where}: ${overflow} pixels wider than the window`);
    }
  }
  if (before) await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  return found;
}
