import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Browsing, chromium, type Served, serve, startBrowsing } from "./rig.ts";

describe.skipIf(!chromium)("the operator page, in Chromium", () => {
  let browsing: Browsing;
  let served: Served;

  beforeAll(async () => {
    [browsing, served] = await Promise.all([startBrowsing(), serve("several-faults")]);
  });
  afterAll(async () => {
    await browsing?.close();
    await served?.close();
  });

  test("signs a person in by the code flow, and shows the runs", async () => {
    const { page, surprises } = await browsing.open(served, "Reader", "#/runs?since=24h");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Runs");
    expect(page.url()).toBe(`${served.url}/app/#/runs?since=24h`);
    await page.getByText("No run in the last 24 hours").waitFor();
    expect(await page.title()).toBe("Runs – RDP Remediation");
    expect(surprises).toEqual([]);
  });
});
