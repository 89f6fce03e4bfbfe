import { expect, test } from "vitest";
import { createSigningKeys } from "../../lib/http/signing-keys.ts";
import { publicJwk } from "./sign-in.ts";

const url = new URL("https://login.example/discovery/v2.0/keys");
const token = { payload: "", signature: "" };
const askFor = (kid: string) => [{ alg: "RS256", kid }, token] as const;

/** A tenant's page of keys that can be away, and the times when it was asked. */
function tenant() {
  const page = { away: false, asked: 0, at: Date.parse("2026-11-30T08:00:00.000Z") };
  const keys = createSigningKeys(url, {
    now: () => new Date(page.at),
    lifetimeMs: 5 * 60_000,
    async fetch() {
      page.asked += 1;
      return page.away ? new Response("", { status: 500 }) : Response.json({ keys: [publicJwk] });
    },
  });
  return { page, keys };
}

test("while the keys cannot be fetched, tokens of unknown keys do not make a fetch each", async () => {
  const { page, keys } = tenant();
  page.away = true;
  for (let at = 0; at < 20; at += 1) await expect(keys(...askFor(`unknown-${at}`))).rejects.toThrow();
  expect(page.asked).toBe(1);
});

test("after some seconds they are fetched again, and serve", async () => {
  const { page, keys } = tenant();
  page.away = true;
  await expect(keys(...askFor("the-key"))).rejects.toThrow();
  page.away = false;
  page.at += 9_999;
  await expect(keys(...askFor("the-key"))).rejects.toThrow();
  page.at += 1;
  expect(await keys(...askFor("the-key"))).toBeTruthy();
  expect(page.asked).toBe(2);
});
