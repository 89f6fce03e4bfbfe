import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Browsing, chromium, look, type Served, serveAlert } from "./rig.ts";

/* The operator page between sign-ins, versions and views: tokens that are refused, the browser's own memory, answers that come late. */

const unauthorized = { status: 401, json: { error: { code: "Unauthorized", message: "The token has expired." } } };

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

  test("renews a token that the service refuses, once: its clock or its keys may have changed", async () => {
    const { page } = await browsing.open(served, "Reader", "#/runs");
    await page.getByRole("link", { name: /vm-app-01/ }).waitFor();
    const tokens: string[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/token")) tokens.push(request.url());
    });
    let refusals = 1;
    await page.route(/\/api\/runs/, async (route) => {
      refusals -= 1;
      await (refusals >= 0 ? route.fulfill(unauthorized) : route.continue());
    });
    const answered = page.waitForResponse((response) => response.url().includes("/api/runs") && response.ok());
    await page.evaluate(look);
    await answered;
    expect(tokens).toHaveLength(1);
    expect(await page.getByRole("alert").count()).toBe(0);
    // One that refuses every token is not asked for a new one at each look.
    refusals = Number.POSITIVE_INFINITY;
    await page.evaluate(look);
    await page.getByText("The token has expired.").waitFor();
    for (const _ of [1, 2, 3]) {
      const again = page.waitForResponse(/\/api\/runs/);
      await page.evaluate(look);
      await again;
    }
    expect(tokens).toHaveLength(2);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("offers to sign in when the browser shows it again as it was when it left for the tenant", async () => {
    const context = await browsing.browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    // No new page, as in a browser that keeps this one for the way back.
    await context.route(/\/authorize/, (route) => route.fulfill({ status: 204 }));
    const asked = page.waitForRequest(/\/authorize/);
    await page.goto(`${served.url}/app/${place}`, { waitUntil: "commit" });
    await asked;
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    await page.getByRole("heading", { name: "You are not signed in" }).waitFor();
    await context.unrouteAll();
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Reader" }).click();
    await page.getByRole("heading", { name: "A decision is needed" }).waitFor();
    // A page that works is left as it is.
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    await page.evaluate("new Promise(requestAnimationFrame)");
    expect(await page.getByRole("heading", { name: "A decision is needed" }).count()).toBe(1);
    await context.close();
  });

  test("takes the late answer of a view that was left for no news about the connection", async () => {
    const { page } = await browsing.open(served, "Reader", place);
    await page.getByRole("heading", { name: "A decision is needed" }).waitFor();
    const held = Promise.withResolvers<void>();
    await page.route(/\/api\/runs\/[0-9a-f-]{36}$/, async (route) => {
      await held.promise;
      await route.abort();
    });
    const asked = page.waitForRequest(/\/api\/runs\/[0-9a-f-]{36}$/);
    await page.evaluate(look);
    await asked;
    await page.getByRole("link", { name: "Operations", exact: true }).click();
    await page.getByText("No operation over many VMs yet").waitFor();
    const failed = page.waitForEvent("requestfailed");
    held.resolve();
    await failed;
    await page.evaluate("new Promise(requestAnimationFrame)");
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  test.each(["#/runs/.", "#/runs/..", "#/runs/%2e%2e%2foperations", "#/operations/..", "#/runs/7", "#/runs/%00"])(
    "asks for nothing else at the address %s",
    async (address) => {
      const { page, surprises } = await browsing.open(served, "Reader", "#/start");
      const asked: string[] = [];
      page.on("request", (request) => {
        if (request.url().includes("/api/")) asked.push(request.url());
      });
      await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
      await page.getByRole("heading", { name: "There is no such view" }).waitFor();
      expect([...asked, ...surprises]).toEqual([]);
    },
  );

  test("says that there is no run with this id, and finds it when there is one", async () => {
    const { page } = await browsing.open(served, "Reader", "#/runs/00000000-0000-4000-8000-000000000000");
    await page.getByText("There is no run").waitFor();
    await page.getByRole("link", { name: "Runs" }).first().click();
    await page.getByRole("link", { name: /vm-app-01/ }).waitFor();
  });

  test("shows a run without the pages of its checks when the service was updated since it was opened", async () => {
    const { page, surprises } = await browsing.open(served, "Reader", "#/runs");
    await page.route(/assets\/causes/, (route) => route.fulfill({ status: 404 }));
    await page.getByRole("link", { name: /vm-app-01/ }).click();
    await page.getByRole("heading", { name: "What is wrong" }).waitFor();
    await page.evaluate("new Promise(requestAnimationFrame)");
    expect(surprises.filter((text) => !text.includes("404"))).toEqual([]);
  });

  test("fills in the VM that a link names, also when another one was filled in before", async () => {
    const vm = (name: string) =>
      `/subscriptions/1/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/${name}`;
    const { page } = await browsing.open(served, "Reader", `#/start?vm=${encodeURIComponent(vm("a"))}`);
    const field = page.getByRole("textbox", { name: "Resource ids" });
    expect(await field.inputValue()).toBe(vm("a"));
    // As the workbook writes it: the slashes as they are.
    await page.evaluate(`location.hash = "#/start?vm=${vm("b")}&error=0x904"`);
    await expect.poll(() => field.inputValue()).toBe(vm("b"));
    expect(await page.getByLabel("What the client shows").inputValue()).toBe("0x904");
  });
});
