import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriersOf } from "./axe.ts";
import { answerWithMarkup, markup } from "./hostile.ts";
import { type Browsing, call, chromium, type Served, serve, startBrowsing } from "./rig.ts";

/*
 * The operator page in Chromium against `serve --sandbox`, as the people on call use it. The world has a VM with sessions,
 * so that the plan of an alert's repair waits for a decision.
 */

const alert = JSON.parse(readFileSync("test/fixtures/alerts/resource-health.json", "utf8"));

describe.skipIf(!chromium)("the operator page", () => {
  let browsing: Browsing;
  let served: Served;
  let runId: string;

  beforeAll(async () => {
    [browsing, served] = await Promise.all([startBrowsing(), serve("active-sessions")]);
  });
  afterAll(async () => {
    await browsing?.close();
    await served?.close();
  });

  const heading = (page: Page) => page.getByRole("heading", { level: 1 });

  test("signs a person in by the code flow, at the place of the address", async () => {
    const { page, surprises } = await browsing.open(served, "Reader", "#/runs?since=24h");
    expect(await heading(page).textContent()).toBe("Runs");
    expect(page.url()).toBe(`${served.url}/app/#/runs?since=24h`);
    await page.getByText("No run in the last 24 hours").waitFor();
    expect(await page.title()).toBe("Runs – RDP Remediation");
    // Nothing that is stored is of use to anybody else.
    expect(await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")).toBe(
      '[{},{},""]',
    );
    // After a reload, the session of the tenant signs the person in again.
    await page.reload();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "You have signed out" }).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    expect(surprises).toEqual([]);
  });

  test("leads an approver from the alert to the repaired VM", async () => {
    const { page, surprises } = await browsing.open(served, "Approver", "#/runs");
    await page.getByText("It was quiet").waitFor();
    const { accepted } = (await call(served, "actionGroup", "/api/alerts", alert)) as { accepted: { runId: string }[] };
    runId = accepted[0]?.runId ?? "";
    // The list shows it without being asked.
    await page.getByRole("heading", { name: "Waiting for a decision" }).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await page.getByRole("link", { name: /vm-app-01/ }).click();
    await page.getByRole("heading", { name: "A decision is needed" }).waitFor();
    expect(page.url()).toBe(`${served.url}/app/#/runs/${runId}`);
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H1");
    expect(await page.title()).toBe("vm-app-01: waits for a decision – RDP Remediation");
    await page.getByText("Whoever is connected is cut off").waitFor();
    expect(await barriersOf(page)).toEqual([]);

    await page.getByRole("button", { name: "Approve …" }).click();
    const dialog = page.getByRole("dialog", { name: "Apply this plan to vm-app-01?" });
    expect(await barriersOf(page)).toEqual([]);
    await dialog.getByLabel("Reason").fill("Change 42");
    // Escape leaves everything as it was, and gives the focus back.
    await page.keyboard.press("Escape");
    expect(await dialog.count()).toBe(0);
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Approve …");
    await page.keyboard.press("Enter");
    await dialog.getByLabel("Reason").fill("Change 42");
    await page.keyboard.press("Enter");
    await heading(page).getByText("repaired").waitFor();
    await page.getByText("Approved by approver@sandbox.example: Change 42").waitFor();
    await page.getByRole("heading", { name: "Done inside the VM" }).waitFor();
    await page.getByText("Network path").waitFor();
    expect(await barriersOf(page)).toEqual([]);
    expect(surprises).toEqual([]);
  });

  test("shows a reader everything, and why they cannot act", async () => {
    const { page, surprises } = await browsing.open(served, "Reader", `#/runs/${runId}`);
    const undo = page.getByRole("button", { name: "Undo …" });
    await undo.waitFor();
    expect(await undo.isDisabled()).toBe(true);
    await page.getByText("This needs the app role Rdp.Repair").waitFor();
    const portal = page.getByRole("link", { name: /vm-app-01 in the Azure portal/ });
    expect(await portal.getAttribute("href")).toMatch(
      /^https:\/\/portal\.azure\.com\/#@[0-9a-f-]{36}\/resource\/subscriptions\/.*\/virtualMachines\/vm-app-01\/overview$/,
    );
    const itsAlert = await page.getByRole("link", { name: "the alert in the Azure portal" }).getAttribute("href");
    expect(decodeURIComponent(itsAlert ?? "")).toMatch(
      /^https:\/\/portal\.azure\.com\/#@[0-9a-f-]{36}\/view\/Microsoft_Azure_Monitoring_Alerts\/AlertDetails\.ReactView\/alertId\/\/subscriptions\/.*\/alerts\//,
    );
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "Report" }).click();
    expect((await saving).suggestedFilename()).toMatch(/^vm-app-01-[0-9a-f]{8}\.html$/);
    expect(surprises).toEqual([]);
  });

  test("says that the connection is lost, keeps what it shows, and goes on by itself", async () => {
    const { page } = await browsing.open(served, "Reader", "#/runs");
    await page.getByRole("link", { name: /vm-app-01/ }).waitFor();
    await page.context().setOffline(true);
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.getByText("The service cannot be reached").waitFor();
    expect(await page.getByRole("link", { name: /vm-app-01/ }).count()).toBe(1);
    expect(await barriersOf(page)).toEqual([]);
    await page.context().setOffline(false);
    await page.getByText("The service cannot be reached").waitFor({ state: "detached" });
  });

  test("says when the sign-in has ended, and signs in again at the same place", async () => {
    const { page } = await browsing.open(served, "Reader", "#/runs?since=24h");
    await page.getByRole("link", { name: /vm-app-01/ }).waitFor();
    const ended = { error: { code: "Unauthorized", message: "The token has expired." } };
    await page.route(/\/api\/runs/, (route) => route.fulfill({ status: 401, json: ended }));
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.getByText("The token has expired.").waitFor();
    expect(await page.getByRole("link", { name: /vm-app-01/ }).count()).toBe(1);
    await page.unrouteAll();
    await page.getByRole("button", { name: "Sign in again" }).click();
    await page.getByText("The token has expired.").waitFor({ state: "detached" });
    await page.getByRole("link", { name: /vm-app-01/ }).waitFor();
    expect(page.url()).toBe(`${served.url}/app/#/runs?since=24h`);
  });

  test("says what a person without a role needs", async () => {
    const { page } = await browsing.open(served, "Reader");
    const message = "This request needs the app role Rdp.Read. Ask an administrator to assign it, then sign in again.";
    await page.route(/\/api\//, (route) =>
      route.fulfill({ status: 403, json: { error: { code: "RoleMissing", message } } }),
    );
    await page.reload();
    await page.getByRole("heading", { name: "The page cannot be opened" }).waitFor();
    await page.getByText(message).waitFor();
    expect(await barriersOf(page)).toEqual([]);
  });

  test("shows text of others as text, in every field", async () => {
    const { page, surprises } = await browsing.open(served, "Operator", "#/nowhere");
    await page.getByRole("heading", { name: "There is no such view" }).waitFor();
    const scripts = await answerWithMarkup(page);
    await page.goto(`${served.url}/app/#/runs`);
    await page.getByText(markup).first().waitFor();
    await page.goto(`${served.url}/app/#/runs/${runId}`);
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    for (const closed of await page.locator("summary").all()) await closed.click();
    expect(await page.getByText(markup).count()).toBeGreaterThan(20);
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect([...scripts, ...surprises]).toEqual([]);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("lets an operator undo, and shows the undo", async () => {
    const { page, surprises } = await browsing.open(served, "Operator", `#/runs/${runId}`);
    await page.getByRole("button", { name: "Undo …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
    await page.waitForURL((url) => !url.hash.includes(runId) && url.hash.startsWith("#/runs/"));
    await heading(page).getByText("undone").waitFor();
    await page.getByRole("heading", { name: "Rolled back inside the VM" }).waitFor();
    await page.getByRole("link", { name: "an earlier run" }).click();
    await page.getByText("Undone by").waitFor();
    expect(surprises).toEqual([]);
  });

  test("refuses to be framed by another page", async () => {
    const frame = createServer((_, response) => {
      response.setHeader("content-type", "text/html");
      response.end(`<iframe src="${served.url}/app/"></iframe>`);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => frame.once("listening", resolve));
    const page = await browsing.browser.newPage();
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    await page.goto(`http://127.0.0.1:${(frame.address() as AddressInfo).port}/`);
    await expect.poll(() => said.join()).toContain("frame-ancestors");
    expect(await page.frames()[1]?.locator("#page").count()).toBe(0);
    await page.close();
    frame.close();
  });
});
