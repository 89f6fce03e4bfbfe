import type { Page } from "playwright-core";

/** What would run a script wherever it is taken for markup or for code of a template. */
export const markup = "<img src=x onerror=alert(1)>{{7*7}}<script>alert(2)</script>";

/**
 * From now on, the API answers this page with markup in every text. Returns what scripts have said, as they say it: it
 * stays empty where nothing runs.
 */
export async function answerWithMarkup(page: Page): Promise<readonly string[]> {
  const scripts: string[] = [];
  page.on("dialog", (dialog) => {
    scripts.push(dialog.message());
    void dialog.dismiss();
  });
  await page.route(/\/api\/(runs|operations)/, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: hostile(await answer.json()) });
  });
  return scripts;
}

/** Fields whose values are of a closed set, or that are no text for people. */
const kept =
  /^(id|runId|status|state|mode|outcome|kind|verdict|risk|on|layer|path|hash|accepts|reach|result|stage|protocol|check|restores|.*DateTime|at|notAfter|nextLink|vm|operationId|exampleRunId|fingerprint)$/;

/** The same answer with markup in every text. */
function hostile(value: unknown, name = ""): unknown {
  if (typeof value === "string") return kept.test(name) ? value : `${markup}${value}`;
  if (Array.isArray(value)) return value.map((one) => hostile(one, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, hostile(one, key)]));
}
