import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Browsing, chromium, look, type Served, serveAlert } from "./rig.ts";

/* Deciding on the operator page when hands are quick, answers are slow, and somebody else decides too. */

const late = { error: { code: "DecisionNotAwaited", message: "The run awaits no decision any more." } };

describe.skipIf(!chromium)("deciding on the operator page", () => {
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

  /** Answers decisions when the test says so, as if somebody else had been faster. Counts them. */
  async function holdDecisions(page: Page) {
    const asked: string[] = [];
    const { promise, resolve: answer } = Promise.withResolvers<void>();
    await page.route(/\/(decision|cancel|undo)$/, async (route) => {
      asked.push(route.request().url());
      await promise;
      await route.fulfill({ status: 409, json: late });
    });
    return { asked, answer };
  }

  test("a double click on the button that asks decides nothing: its second half meets a question that nobody has read", async () => {
    const { page } = await browsing.open(served, "Approver", place);
    const { asked, answer } = await holdDecisions(page);
    const approve = page.getByRole("button", { name: "Approve …" });
    await approve.click();
    const dialog = page.getByRole("dialog");
    const confirm = dialog.getByRole("button", { name: "Approve and apply" });
    const at = await confirm.boundingBox();
    await page.keyboard.press("Escape");
    const from = await approve.boundingBox();
    if (!at || !from) throw new Error("The buttons have no place.");
    // The place of the one is that of the other, on a window of some size.
    await page.evaluate(
      `{ const { style } = document.querySelector(".decide .primary");
         style.position = "relative"; style.left = "${at.x - from.x}px"; style.top = "${at.y - from.y}px" }`,
    );
    await page.mouse.dblclick(at.x + at.width / 2, at.y + at.height / 2);
    await dialog.waitFor();
    expect(asked).toEqual([]);
    // A click of its own is one.
    await confirm.click();
    await expect.poll(() => asked.length).toBe(1);
    answer();
    await dialog.getByText(late.error.message).waitFor();
  });

  test("a decision under way is sent once, and is closed neither by Escape nor by the way back before its answer is told", async () => {
    const { page } = await browsing.open(served, "Approver", "#/runs");
    await page.getByRole("link", { name: /vm-app-01/ }).click();
    const { asked, answer } = await holdDecisions(page);
    await page.getByRole("button", { name: "Reject …" }).click();
    const dialog = page.getByRole("dialog", { name: "Reject the plan for vm-app-01?" });
    await dialog.getByRole("button", { name: "Reject" }).dblclick();
    await dialog.getByRole("button", { name: "One moment …" }).waitFor();
    for (const _ of [1, 2, 3]) await page.keyboard.press("Escape");
    await page.goBack();
    await page.locator("h1", { hasText: /^Runs$/ }).waitFor();
    expect(await dialog.count()).toBe(1);
    answer();
    await dialog.getByText(late.error.message).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(asked).toHaveLength(1);
  });

  test("of two who decide at once, one is told that it is too late, and sees what the other has decided", async () => {
    const [one, two] = await Promise.all([1, 2].map(() => browsing.open(served, "Approver", place)));
    if (!one || !two) throw new Error("There are two windows.");
    const dialogs = await Promise.all(
      [one, two].map(async ({ page }, number) => {
        await page.getByRole("button", { name: number === 0 ? "Reject …" : "Approve …" }).click();
        return page.getByRole("dialog");
      }),
    );
    const names = ["Reject", "Approve and apply"];
    await Promise.all(dialogs.map((dialog, number) => dialog.getByRole("button", { name: names[number] }).click()));
    const closed = () => Promise.all(dialogs.map((dialog) => dialog.count()));
    await expect.poll(closed).toContain(0);
    const told = dialogs[(await closed()).indexOf(1)];
    await told?.getByRole("alert").waitFor();
    expect(await told?.getByRole("alert").textContent()).toContain("does not await a decision");
    await told?.getByRole("button", { name: "Leave it" }).click();
    for (const { page } of [one, two]) {
      await page.evaluate(look);
      await page
        .getByText(/(Approved|Rejected) by approver@sandbox.example|Rejected by/)
        .first()
        .waitFor();
    }
  });
});
