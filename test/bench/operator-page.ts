import { chromium, serve, startBrowsing } from "../app/rig.ts";
import { type Benchmark, measureTime, median } from "./benchmark.ts";

const rounds = 7;
const throttling = 4;
const goalBytes = 200 * 1024;

/** Remembers when the list was painted: what tells this process of it takes time of its own. */
const rememberList = `
  globalThis.listed = 0;
  new MutationObserver((_, observer) => {
    if (document.querySelector("main .empty, main .rows") === null) return;
    observer.disconnect();
    requestAnimationFrame(() => { listed = performance.now(); });
  }).observe(document, { childList: true, subtree: true });
`;

/**
 * The operator page in Chromium with a processor that is slowed down by four, against `serve --sandbox`: what its first
 * load transfers, and the time from opening a link until the list of runs can be used. The person has a session at the
 * simulated Microsoft Entra ID, which leads them back at once: `page.sign-in-ms` includes the way there and back,
 * `page.interactive-ms` begins with the document that they come back to, and includes the token and the first answers.
 */
export const operatorPage: Benchmark = {
  names: ["page.bytes", "page.interactive-ms", "page.sign-in-ms"],
  async run() {
    if (!chromium)
      throw new Error("The benchmarks of the page need Chromium (Debian: apt-get install chromium-headless-shell).");
    const browsing = await startBrowsing();
    const served = await serve("small-fleet");
    try {
      const { page } = await browsing.open(served, "Reader", "#/runs");
      await page.addInitScript(rememberList);
      const session = await page.context().newCDPSession(page);
      await session.send("Emulation.setCPUThrottlingRate", { rate: throttling });
      const whole: number[] = [];
      const last: number[] = [];
      let bytes = 0;
      for (let round = 0; round <= rounds; round++) {
        // Nothing of the page is kept from before; the session at the tenant is.
        await session.send("Network.clearBrowserCache");
        const loads: Promise<number>[] = [];
        page.removeAllListeners("requestfinished");
        page.on("requestfinished", (request) => {
          if (!request.url().startsWith(`${served.url}/app/`)) return;
          loads.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
        });
        await page.goto("about:blank");
        const began = performance.now();
        await page.goto(`${served.url}/app/#/runs`);
        await page.getByLabel("Of the last").waitFor();
        await page.getByText("It was quiet").waitFor();
        whole.push(performance.now() - began);
        last.push(await page.evaluate<number>("listed"));
        const sizes = await Promise.all(loads);
        // The files are asked for before the sign-in; after it they are in the browser's cache.
        bytes = sizes.reduce((sum, size) => sum + size, 0);
      }
      return [
        { name: "page.bytes", value: bytes, unit: "bytes", reference: null, ratio: null, goal: `at most ${goalBytes}` },
        measureTime("page.interactive-ms", median(last.slice(1)), "ms", "at most 1,000, at a quarter of the processor"),
        measureTime("page.sign-in-ms", median(whole.slice(1)), "ms", ""),
      ];
    } finally {
      await served.close();
      await browsing.close();
    }
  },
};
