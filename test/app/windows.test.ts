import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Browsing, chromium, look, type Served, serveAlert } from "./rig.ts";

/* The operator page in small windows, with long texts, many runs, forced colours and no mouse. */

const sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
/** 360 pixels at 200 %. */
const small = { width: 180, height: 320 };

describe.skipIf(!chromium)("the operator page", () => {
  let browsing: Browsing;
  let served: Served;
  let place: string;

  beforeAll(async () => {
    ({ browsing, served, place } = await serveAlert());
  });
  afterAll(async () => {
    await browsing?.close();
    await served?.close();
  });

  /** From now on, the run has a plan of hundreds of changes. */
  async function lengthenPlan(page: Page): Promise<void> {
    await page.route(/\/api\/runs\/[0-9a-f-]{36}$/, async (route) => {
      const answer = await route.fetch();
      const run = await answer.json();
      run.plan.changes = Array.from({ length: 500 }, (_, at) => `Change ${at}: ${"x".repeat(at % 7 === 0 ? 900 : 60)}`);
      await route.fulfill({ response: answer, json: run });
    });
    await page.evaluate(look);
    await page.getByText("Change 499").waitFor();
  }

  test("scrolls sideways in no view on a phone at 200 %, and in no question", async () => {
    const { page } = await browsing.open(served, "Approver", "#/runs", { viewport: small });
    const views = [
      ["#/runs", /vm-app-01/],
      [place, /A decision is needed/],
      ["#/start", /What to do/],
      ["#/operations", /No operation/],
      ["#/lockouts", /No look/],
    ] as const;
    for (const [hash, text] of views) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.getByText(text).first().waitFor();
      expect([hash, await page.evaluate(sideways)]).toEqual([hash, 0]);
    }
    await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
    await lengthenPlan(page);
    expect(await page.evaluate(sideways)).toBe(0);
    await page.getByRole("button", { name: "Approve …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    expect(
      await page.evaluate(
        "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('dialog'))",
      ),
    ).toBe(0);
  });

  test("shows the beginning of a long plan to who decides, with the buttons in sight, and works by keys alone", async () => {
    const { page, surprises } = await browsing.open(served, "Approver", place);
    await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
    await lengthenPlan(page);
    await page.getByRole("button", { name: "Reject …" }).waitFor();
    await page.evaluate(
      "[...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Approve …').focus()",
    );
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    const title = dialog.getByRole("heading", { name: "Apply this plan to vm-app-01?" });
    await title.waitFor();
    expect(await page.evaluate("document.querySelector('dialog').scrollTop")).toBe(0);
    expect(await page.evaluate("document.activeElement.id")).toBe("question");
    const buttons = await dialog.getByRole("button", { name: "Approve and apply" }).boundingBox();
    expect((buttons?.y ?? 0) + (buttons?.height ?? 0)).toBeLessThan(page.viewportSize()?.height ?? 0);
    const reached: string[] = [];
    for (const _ of [1, 2, 3]) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate<string>("document.activeElement.name || document.activeElement.textContent"));
    }
    expect(reached).toEqual(["reason", "Approve and apply", "Leave it"]);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Approve …");
    expect(surprises).toEqual([]);
  });

  test("reads five pages of thousands of runs, says that there are more, and finds one among those", async () => {
    const { page } = await browsing.open(served, "Reader", "#/start");
    const [vm] = served.told.slice(served.told.indexOf("Its VM")).match(/\/subscriptions\/\S+/g) ?? [];
    await page.route(/\/api\/runs\?/, async (route) => {
      const from = Number(new URL(route.request().url()).searchParams.get("$skipToken") ?? 0);
      const value = Array.from({ length: 100 }, (_, at) => ({
        id: `00000000-0000-4000-8000-${String(from + at).padStart(12, "0")}`,
        status: "Succeeded",
        state: "ended",
        mode: "repair",
        vm: vm?.replace("vm-app-01", `vm-${from + at}-x`),
        operationId: null,
        requestedBy: { kind: "http", by: "\u05d3\u05e0\u05d4" },
        createdDateTime: new Date().toISOString(),
        lastUpdatedDateTime: new Date().toISOString(),
        outcome: "repaired",
        summary: "Repaired.",
        latestMessage: "",
      }));
      const next = from + 100;
      await route.fulfill({
        json: { value, ...(next < 5000 && { nextLink: `${served.url}/api/runs?$skipToken=${next}` }) },
      });
    });
    await page.getByRole("link", { name: "Runs", exact: true }).click();
    await page.getByText("Only the newest 500 runs").waitFor();
    await page.getByLabel("VM or run").fill("vm-499-x");
    await expect.poll(() => page.getByRole("listitem").count()).toBe(1);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });
});
