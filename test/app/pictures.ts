import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { type Browsing, call, type Served, serve, startBrowsing, vmsOf } from "./rig.ts";

/*
 * `npm run screenshots [-- --all FOLDER]`: pictures of the operator page against `serve --sandbox`. Those of the documents
 * go to docs/pictures; with --all, every view in light and dark at 360 and 1280 pixels goes to the folder.
 */

const { values } = parseArgs({ options: { all: { type: "string" } } });

/** In the documents: a name, and how it is shown there. */
const documented: Readonly<Record<string, { readonly scheme: "light" | "dark"; readonly width: number }>> = {
  runs: { scheme: "light", width: 1280 },
  decision: { scheme: "light", width: 1280 },
  approve: { scheme: "dark", width: 1280 },
  repaired: { scheme: "light", width: 360 },
  operation: { scheme: "light", width: 1280 },
};

const forms = ([360, 1280] as const).flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width, scheme })),
);

/** The picture as WebP, which is a third of a PNG: the browser converts it. */
async function webpOf(browsing: Browsing, png: Buffer): Promise<Buffer> {
  const page = await browsing.browser.newPage();
  const url = await page.evaluate<string>(`(async () => {
    const image = new Image();
    image.src = "data:image/png;base64,${png.toString("base64")}";
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.85);
  })()`);
  await page.close();
  return Buffer.from(url.split(",")[1] ?? "", "base64");
}

async function take(browsing: Browsing, page: Page, name: string): Promise<void> {
  for (const form of forms) {
    const isDocumented = documented[name]?.width === form.width && documented[name]?.scheme === form.scheme;
    const folder = values.all ?? (isDocumented ? "docs/pictures" : null);
    if (folder === null) continue;
    await page.setViewportSize({ width: form.width, height: form.width === 360 ? 760 : 820 });
    await page.emulateMedia({ colorScheme: form.scheme, reducedMotion: "reduce" });
    const isWhole = values.all !== undefined && name !== "approve";
    const png = await page.screenshot({ fullPage: isWhole });
    const file = values.all ? `${name}-${form.width}-${form.scheme}.png` : `page-${name}.webp`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file), values.all ? png : await webpOf(browsing, png));
    console.log(join(folder, file));
  }
  await page.setViewportSize({ width: 1280, height: 820 });
}

const options = {
  reducedMotion: "reduce" as const,
  locale: "en-GB",
  timezoneId: "Europe/Berlin",
  viewport: { width: 1280, height: 820 },
};

async function picturesOfRuns(browsing: Browsing, served: Served): Promise<void> {
  const [one = "", two = "", three = "", four = ""] = vmsOf(served);
  const start = (body: object) => call(served, "requester", "/api/runs", body);
  await start({ vm: one, mode: "repair", clientError: "0x904/0x7" });
  await start({ vm: two, mode: "diagnose", sources: ["10.0.0.9"] });
  await start({ vm: three, mode: "repair", maximumRisk: "low", sources: ["203.0.113.7"] });
  const { page } = await browsing.open(served, "Approver", "#/runs", options);
  await page.getByRole("heading", { name: "Waiting for a decision" }).waitFor();
  await page.locator(".badge", { hasText: "repaired" }).waitFor();
  await page.locator(".badge", { hasText: "healthy" }).waitFor();
  await start({ vm: four, mode: "repair" });
  await page.getByRole("heading", { name: "At work" }).waitFor();
  await take(browsing, page, "runs");
  await page.getByRole("link", { name: /waits for a decision/ }).click();
  await page.getByRole("heading", { name: "A decision is needed" }).waitFor();
  await take(browsing, page, "decision");
  await page.getByRole("button", { name: "Approve …" }).click();
  await page.getByLabel("Reason").fill("Change 4711");
  await take(browsing, page, "approve");
  await page.getByRole("button", { name: "Approve and apply" }).click();
  await page.getByRole("heading", { name: "Done inside the VM" }).waitFor();
  await page.locator("h1 .badge", { hasText: "repaired" }).waitFor();
  await take(browsing, page, "repaired");
  await page.goto(`${served.url}/app/#/start?vm=${one}`);
  await page.getByRole("heading", { name: "Start", level: 1 }).waitFor();
  await take(browsing, page, "start");
  const group = one.split("/").slice(0, 3).join("/");
  await call(served, "requester", "/api/operations", { scope: group, mode: "repair", maximumRisk: "low" });
  await page.goto(`${served.url}/app/#/operations`);
  await page.getByText("of 8 VMs").first().waitFor();
  await take(browsing, page, "operations");
  await page.getByText("of 8 VMs").first().click();
  await page.getByRole("heading", { name: "Plans that wait for a decision" }).waitFor();
  await take(browsing, page, "operation");
}

async function picturesOfLockouts(browsing: Browsing, served: Served): Promise<void> {
  const scope = (vmsOf(served)[0] ?? "").split("/").slice(0, 3).join("/");
  await call(served, "requester", "/api/operations", { scope, mode: "diagnose", policy: { canary: 0, waves: [100] } });
  const { page } = await browsing.open(served, "Reader", "#/operations", options);
  await page.getByText("completed").waitFor();
  await page.getByRole("link", { name: "Lock-outs" }).click();
  await page.getByText("with nothing ahead").waitFor();
  await take(browsing, page, "lockouts");
}

const browsing = await startBrowsing();
try {
  for (const [world, take] of [
    ["small-fleet", picturesOfRuns],
    ["fleet-with-lockouts", picturesOfLockouts],
  ] as const) {
    const served = await serve(world);
    try {
      await take(browsing, served);
    } finally {
      await served.close();
    }
  }
} finally {
  await browsing.close();
}
