import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Browsing, chromium, look, type Served, serveAlert } from "./rig.ts";

/* The operator page when something goes wrong in the middle: answers that are none, signing out, and the way back. */

const proxyPage = { status: 200, contentType: "text/html", body: "<html>Please log in to the Wi-Fi</html>" };

describe.skipIf(!chromium)("the operator page, interrupted", () => {
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

  test("a reader who may see none of thousands of runs asks for five pages at each look, and no more", async () => {
    const { page } = await browsing.open(served, "Reader", "#/start");
    let pages = 0;
    await page.route(/\/api\/runs\?/, async (route) => {
      pages += 1;
      const nextLink = `${served.url}/api/runs?$skipToken=${pages}`;
      await route.fulfill({ json: { value: [], ...(pages < 60 && { nextLink }) } });
    });
    await page.getByRole("link", { name: "Runs", exact: true }).click();
    await page.getByText("Only the newest 500 runs").waitFor();
    expect(pages).toBe(5);
  });

  test("the runs of one VM are asked for by its id, however many other runs there are", async () => {
    const { page } = await browsing.open(served, "Reader", place);
    const asked: (string | null)[] = [];
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.pathname === "/api/runs") asked.push(url.searchParams.get("vm"));
    });
    await page.getByRole("link", { name: "other runs of this VM" }).click();
    await page.getByRole("link", { name: /vm-app-01/ }).waitFor();
    expect(asked[0]).toMatch(/^\/subscriptions\/.+\/virtualMachines\/vm-app-01$/);
    // What is no whole id is looked for among the runs that were read.
    await page.getByLabel("VM or run").fill("vm-app");
    await expect.poll(() => asked.at(-1)).toBe(null);
    await page.getByRole("link", { name: /vm-app-01/ }).waitFor();
  });

  test("the service selects the runs, however many others there are, and what comes with another choice is no news", async () => {
    const { page } = await browsing.open(served, "Reader", "#/runs?show=failed&trigger=schedule&since=7d");
    const asked: Record<string, string>[] = [];
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.pathname === "/api/runs") asked.push(Object.fromEntries(url.searchParams));
    });
    await page.getByText("No run of the last 7 days fits").waitFor();
    await page.evaluate(look);
    await expect
      .poll(() => asked.at(-1))
      .toEqual({ $top: "100", since: "7d", outcome: "failed,not-repaired,unknown", trigger: "schedule" });
    await page.getByLabel("Show").selectOption("waiting");
    await expect
      .poll(() => asked.at(-1))
      .toEqual({ $top: "100", since: "7d", state: "awaiting-approval", trigger: "schedule" });
    await page.getByLabel("Started by").selectOption("alert");
    const row = page.getByRole("link", { name: /vm-app-01/ });
    await row.waitFor();
    // Why it waits stands in the list.
    expect(await row.textContent()).toContain("may be ended by the plan");
    expect(await page.getByRole("status").allTextContents()).toEqual([""]);
    await page.getByLabel("Show").selectOption("at-work");
    await page.getByText("No run of the last 7 days fits").waitFor();
    await expect.poll(() => asked.at(-1)?.state).toContain("queued,preflight,");
    await page.getByLabel("Show").selectOption("repair");
    await row.waitFor();
    await expect.poll(() => asked.at(-1)?.mode).toBe("repair");
  });

  test("an answer that is a page of a proxy is told, and the page goes on by itself", async () => {
    const { page, surprises } = await browsing.open(served, "Reader", "#/runs");
    await page.getByRole("link", { name: /vm-app-01/ }).waitFor();
    await page.route(/\/api\/runs/, (route) => route.fulfill(proxyPage));
    await page.evaluate(look);
    await page.getByText("The answer cannot be read").waitFor();
    expect(await page.getByRole("link", { name: /vm-app-01/ }).count()).toBe(1);
    await page.unrouteAll();
    await page.evaluate(look);
    await page.getByText("The answer cannot be read").waitFor({ state: "detached" });
    expect(surprises).toEqual([]);
  });

  test("a tenant that is down while a token is renewed is told, and the page goes on by itself", async () => {
    const { page } = await browsing.open(served, "Reader", "#/runs");
    await page.getByRole("link", { name: /vm-app-01/ }).waitFor();
    const headers = { "access-control-allow-origin": "*" };
    await page.route(/\/token$/, (route) => route.fulfill({ ...proxyPage, status: 503, headers }));
    await page.evaluate("{ const now = Date.now; Date.now = () => now() + 86_400_000 }");
    await page.evaluate(look);
    await page.getByText("The answer cannot be read").waitFor();
    await page.unrouteAll();
    await page.evaluate(look);
    await page.getByText("The answer cannot be read").waitFor({ state: "detached" });
  });

  test("a request that is never answered is given up and told, and the page goes on by itself", async () => {
    const { page } = await browsing.open(served, "Reader", "#/runs");
    await page.getByRole("link", { name: /vm-app-01/ }).waitFor();
    // The page's patience, shortened.
    await page.evaluate(
      "{ const after = AbortSignal.timeout; AbortSignal.timeout = () => after.call(AbortSignal, 500) }",
    );
    await page.route(/\/api\/runs/, () => {});
    await page.evaluate(look);
    await page.getByText("The service cannot be reached").waitFor();
    await page.unrouteAll();
    await page.evaluate(look);
    await page.getByText("The service cannot be reached").waitFor({ state: "detached" });
  });

  test("a browser whose clock is a day ahead shows the runs of today, with their true age", async () => {
    const { page } = await browsing.open(served, "Reader", "#/runs");
    await page.getByRole("link", { name: /vm-app-01/ }).waitFor();
    await page.evaluate("{ const now = Date.now; Date.now = () => now() + 86_400_000 }");
    const answered = page.waitForResponse(/\/api\/runs/);
    await page.evaluate(look);
    await answered;
    await page.evaluate("new Promise((done) => setTimeout(done, 100))");
    expect(await page.getByRole("link", { name: /vm-app-01.*(just now|min ago)/s }).count()).toBe(1);
  });

  test("a decision whose answer cannot be read can be left, and is asked for again", async () => {
    const { page } = await browsing.open(served, "Approver", place);
    await page.route(/\/decision$/, (route) => route.fulfill(proxyPage));
    await page.getByRole("button", { name: "Approve …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Approve and apply" }).click();
    await dialog.getByText("The answer cannot be read").waitFor();
    await dialog.getByRole("button", { name: "Leave it" }).click();
    expect(await dialog.count()).toBe(0);
  });

  test("the way back closes a question: it is about a run that is no longer shown", async () => {
    const { page } = await browsing.open(served, "Approver", "#/runs");
    await page.getByRole("link", { name: /vm-app-01/ }).click();
    await page.getByRole("button", { name: "Approve …" }).click();
    await page.getByRole("dialog").waitFor();
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
  });

  test("who has signed out leaves a page that shows and asks for nothing, also when the tenant does not answer", async () => {
    const { page } = await browsing.open(served, "Reader", place);
    await page.getByRole("heading", { name: "A decision is needed" }).waitFor();
    // The page stays, as in a browser that keeps it for the way back.
    await page.route(/\/logout/, (route) => route.fulfill({ status: 204 }));
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "You have signed out" }).waitFor();
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/api/")) asked.push(request.url());
    });
    await page.evaluate(look);
    await page.evaluate("location.hash = '#/runs'");
    await page.evaluate("new Promise(requestAnimationFrame)");
    expect(asked).toEqual([]);
    expect(await page.locator("main").textContent()).not.toContain("vm-app-01");
    expect(await page.getByRole("alert").count()).toBe(0);
  });
});
