import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriersOf } from "./axe.ts";
import { answerWithMarkup, markup } from "./hostile.ts";
import { type Browsing, chromium, type Served, serve, startBrowsing, vmsOf } from "./rig.ts";

/* Many VMs on the operator page: starting work, the operation with its brake, and what a look finds ahead. */

describe.skipIf(!chromium)("the operator page, with many VMs", () => {
  let browsing: Browsing;
  let served: Served;
  let vms: string[];

  beforeAll(async () => {
    [browsing, served] = await Promise.all([startBrowsing(), serve("small-fleet")]);
    vms = vmsOf(served);
  });
  afterAll(async () => {
    await browsing?.close();
    await served?.close();
  });

  test("starts a diagnosis, and says what is wrong with the form before it is sent", async () => {
    const { page, surprises } = await browsing.open(served, "Reader", "#/start");
    for (const name of [/^Plan a repair/, /^Repair/]) {
      expect(await page.getByRole("radio", { name }).isDisabled()).toBe(true);
    }
    await page.getByText("This needs the app role Rdp.Repair").first().waitFor();
    await page.getByRole("textbox", { name: "Resource ids" }).fill("vm-fleet-02");
    await page.getByRole("button", { name: "Diagnose" }).click();
    await page.getByText("is not the resource id of a VM").waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await page.getByRole("textbox", { name: "Resource ids" }).fill(vms[1] ?? "");
    await page.getByLabel("Addresses of clients").fill("nonsense");
    await page.getByRole("button", { name: "Diagnose" }).click();
    // The service's own refusal names the field.
    await page.getByText(/sources/).waitFor();
    await page.getByLabel("Addresses of clients").fill("10.0.0.9");
    await page.getByLabel("What the client shows").fill("0x904/0x7");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/runs\/[0-9a-f-]{36}$/);
    await page.locator("h1 .badge", { hasText: "healthy" }).waitFor();
    await page.getByRole("link", { name: "Look again" }).click();
    expect(await page.getByRole("textbox", { name: "Resource ids" }).inputValue()).toBe(vms[1]);
    // Answers of 400 are in the console of the browser, and are no fault of the page.
    expect(surprises.filter((text) => !text.includes("400"))).toEqual([]);
  });

  test("leads an operation from its start over a pause to the decision about all plans of a kind", async () => {
    const { page, surprises } = await browsing.open(served, "Operator", "#/start");
    await page.getByText("It diagnoses, and applies").click();
    await page.getByRole("textbox", { name: "Resource ids" }).fill((vms[0] ?? "").split("/").slice(0, 3).join("/"));
    await page.getByLabel("Without a decision").selectOption("low");
    expect(await barriersOf(page)).toEqual([]);
    await page.getByRole("button", { name: "Repair" }).click();
    await page.waitForURL(/#\/operations\/[0-9a-f-]{36}$/);
    const id = page.url().split("/").at(-1) ?? "";
    await page.getByRole("heading", { name: "Plans that wait for a decision" }).waitFor();
    expect(await page.getByRole("button", { name: "Approve all …" }).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Pause …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await page.locator("h1 .badge", { hasText: "paused" }).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await page.getByRole("button", { name: "Go on …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Go on" }).click();
    await page.locator("h1 .badge", { hasText: "paused" }).waitFor({ state: "detached" });

    const approver = await browsing.open(served, "Approver", `#/operations/${id}`);
    await approver.page.getByRole("button", { name: "Approve all …" }).first().click();
    expect(await barriersOf(approver.page)).toEqual([]);
    await approver.page.getByRole("dialog").getByRole("button", { name: "Approve all" }).click();
    await page.locator(".badge", { hasText: "repaired" }).first().waitFor();
    expect([...surprises, ...approver.surprises]).toEqual([]);
  });

  test("lists operations, and shows what a look finds", async () => {
    const { page, surprises } = await browsing.open(served, "Reader", "#/lockouts");
    await page.getByText("No look at many VMs yet").waitFor();
    await page.getByRole("link", { name: "Diagnose a resource group" }).click();
    await page.getByRole("textbox", { name: "Resource ids" }).fill((vms[6] ?? "").split("/").slice(0, 5).join("/"));
    await page.getByRole("button", { name: "Diagnose" }).click();
    await page.locator("h1 .badge", { hasText: "completed" }).waitFor();
    await page.getByRole("link", { name: "Lock-outs" }).click();
    await page.getByText("vm-is-running").waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await page.getByLabel("Within").selectOption("90");
    await page.waitForURL(/#\/lockouts\?days=90$/);
    await page.getByRole("link", { name: "Operations" }).click();
    await page
      .getByRole("link", { name: /The Windows VMs of/ })
      .first()
      .waitFor();
    expect(await barriersOf(page)).toEqual([]);
    const scripts = await answerWithMarkup(page);
    await page.goto(`${served.url}/app/#/lockouts`);
    await page.getByText(markup).first().waitFor();
    await page.goto(`${served.url}/app/#/operations`);
    await page.getByRole("link", { name: markup }).first().click();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    expect(await page.getByText(markup).count()).toBeGreaterThan(5);
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect([...scripts, ...surprises]).toEqual([]);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("a look at more VMs than a page has is read to its end, and an answer that was overtaken is dropped", async () => {
    const { page } = await browsing.open(served, "Reader", "#/operations");
    const total = 450;
    const late = Promise.withResolvers<void>();
    await page.route(/\/api\/operations\?/, async (route) => {
      const answer = await route.fetch();
      const { value } = (await answer.json()) as { value: { progress: object }[] };
      const many = value.map((one) => ({ ...one, progress: { ...one.progress, total } }));
      await route.fulfill({ response: answer, json: { value: many } });
    });
    await page.route(/\/lockouts\?/, async (route) => {
      const { searchParams } = new URL(route.request().url());
      const [skip, days] = [Number(searchParams.get("$skip") ?? 0), Number(searchParams.get("days"))];
      if (days === 7) await late.promise;
      const row = { vm: vms[0] ?? "", runId: null, looked: true, summary: "", faults: [] };
      const ahead = { kind: "agent-too-old", when: { on: "restart" }, because: `Within ${days} days.`, cure: "Act." };
      const end = Math.min(skip + 200, total);
      const value = Array.from({ length: end - skip }, (_, at) => {
        return { ...row, lockouts: skip + at === total - 1 && days > 7 ? [ahead] : [] };
      });
      await route.fulfill({ json: { value, ...(end < total && { nextLink: `${served.url}/api/next` }) } });
    });
    await page.getByRole("link", { name: "Lock-outs" }).click();
    await page.getByText("450 VMs, 449 with nothing ahead").waitFor();
    await page.getByText("Within 30 days.").waitFor();
    const asked = page.waitForRequest(/days=7/);
    await page.getByLabel("Within").selectOption("7");
    await asked;
    // It can be chosen again before the answer has come.
    await page.getByLabel("Within").selectOption("90");
    await page.getByText("Within 90 days.").waitFor();
    const overtaken = page.waitForResponse(/days=7/);
    late.resolve();
    await overtaken;
    await page.evaluate("new Promise(requestAnimationFrame)");
    expect(await page.getByText("Within 90 days.").count()).toBe(1);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });
});
