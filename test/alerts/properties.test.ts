import fc from "fast-check";
import { expect, test } from "vitest";
import { readAlert } from "../../lib/alerts/read-alert.ts";
import { vmKey } from "../../lib/core/vm-id.ts";
import { aboutTheVm, type Json, pathsOf, read, sample } from "./samples.ts";

const anyName = fc.constantFrom(...aboutTheVm);
const plain = /^[^\p{C}\r\n]*$/u;

/** What a reading must be, whatever was sent. */
function expectSound(reading: ReturnType<typeof readAlert>): void {
  if (!reading.ok) {
    expect(reading.problem).toMatchObject({ code: "invalid-input", retryable: false });
    return;
  }
  if (reading.value.kind === "ignored") {
    expect(reading.value.because).toMatch(plain);
    return;
  }
  const { rule, monitoringService, cause, firedAt, key, vms, notes } = reading.value;
  for (const text of [rule, monitoringService, cause, ...notes]) expect(text).toMatch(plain);
  expect(rule.length).toBeLessThanOrEqual(260);
  expect(cause.length).toBeLessThanOrEqual(220);
  expect(new Date(firedAt).toISOString()).toBe(firedAt);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(vms.map(vmKey)).size).toBe(vms.length);
  expect(vms.length).toBeGreaterThan(0);
}

test("no JSON makes it throw", () => {
  fc.assert(fc.property(fc.jsonValue(), (body) => expectSound(readAlert(body))));
});

test("nor does anything else in the place of any field", () => {
  const paths = new Map(aboutTheVm.map((name) => [name, pathsOf(sample(name))]));
  const edit = anyName.chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...(paths.get(name) ?? []))));
  const value = fc.oneof(fc.jsonValue(), fc.string({ unit: "binary" })) as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(edit, value, ([name, path], put) => expectSound(read(name, { [path]: put }))),
    { numRuns: 500 },
  );
});

test("nor a name of any characters", () => {
  const rule = fc.string({ unit: "binary", maxLength: 400 });
  fc.assert(
    fc.property(rule, rule, (alertRule, monitoringService) => {
      const edits = { "data.essentials.alertRule": alertRule, "data.essentials.configurationItems": [alertRule] };
      expectSound(read("log-v2-computer", edits));
      expectSound(read("log-v2-computer", { ...edits, "data.essentials.monitoringService": monitoringService }));
    }),
  );
});

test("the letters' case of an id does not matter", () => {
  fc.assert(
    fc.property(anyName, fc.infiniteStream(fc.boolean()), (name, coin) => {
      const changed = mapIds(sample(name), (id) =>
        [...id].map((letter) => (coin.next().value ? letter.toUpperCase() : letter.toLowerCase())).join(""),
      );
      expect(identity(readAlert(changed))).toEqual(identity(read(name)));
    }),
  );
});

test("the order of fields does not matter", () => {
  fc.assert(
    fc.property(anyName, fc.infiniteStream(fc.nat()), (name, dice) => {
      expect(readAlert(shuffled(sample(name), () => dice.next().value))).toEqual(read(name));
    }),
  );
});

function identity(reading: ReturnType<typeof readAlert>) {
  if (!reading.ok || reading.value.kind === "ignored") throw new Error("not fired");
  const { key, vms, cause } = reading.value;
  return { key, cause, vms: vms.map(vmKey) };
}

function mapIds(node: Json, change: (id: string) => string): Json {
  if (typeof node === "string") return node.startsWith("/") ? change(node) : node;
  if (Array.isArray(node)) return node.map((item) => mapIds(item, change));
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, mapIds(value, change)]));
}

function shuffled(node: Json, roll: () => number): Json {
  if (Array.isArray(node)) return node.map((item) => shuffled(item, roll));
  if (node === null || typeof node !== "object") return node;
  const entries = Object.entries(node).map(([key, value]) => ({ key, value: shuffled(value, roll), at: roll() }));
  return Object.fromEntries(entries.sort((a, b) => a.at - b.at).map(({ key, value }) => [key, value]));
}
