import { expect, test } from "vitest";
import { Change, changeOrder, describeChange, isAllowed } from "../../lib/core/change.ts";
import { type DeclaredValue, declaredValues, weakenableValueIds } from "../../lib/core/registry-value.ts";

const weakening = {
  kind: "weaken-registry-value",
  value: "rdp-tcp/UserAuthentication",
  to: { type: "dword", data: 0 },
  was: { type: "dword", data: 1 },
  minutes: 60,
} as const;

test("every kind of change has its place in the order of work", () => {
  expect([...changeOrder].sort()).toEqual(Change.options.map(({ shape }) => shape.kind.value).sort());
});

test("what may be weakened is in the table of values, and no more", () => {
  const inTable = Object.entries(declaredValues).filter(([, value]) => value.mayBeWeakenedTo.length > 0);
  expect(inTable.map(([id]) => id).sort()).toEqual([...weakenableValueIds].sort());
});

test("no ordinary change may write what a value may be weakened to", () => {
  for (const value of weakenableValueIds) {
    const { mayBeWeakenedTo, mayBecome }: DeclaredValue = declaredValues[value];
    for (const to of mayBeWeakenedTo) {
      expect(isAllowed({ kind: "set-registry-value", value, to, was: null })).toBe(false);
      expect(isAllowed({ ...weakening, value, to, was: null })).toBe(true);
    }
    for (const to of mayBecome) expect(isAllowed({ ...weakening, value, to, was: null })).toBe(false);
  }
});

test("a weakening says for how long, and starts from something that can be restored", () => {
  expect(describeChange(weakening)).toMatch(/^weaken HKLM\\SYSTEM\\.*\\UserAuthentication for 60 min: 1 -> 0$/);
  expect(isAllowed(weakening)).toBe(true);
  expect(isAllowed({ ...weakening, was: { type: "dword", data: 3 } })).toBe(false);
  expect(isAllowed({ ...weakening, was: { type: "string", data: "1" } })).toBe(false);
});

test.each([[0], [-1], [1.5], [1441]])("%s minutes are no deadline", (minutes) => {
  expect(Change.safeParse({ ...weakening, minutes }).success).toBe(false);
});

test.each(["rdp-tcp/MinEncryptionLevel", "tls12-server/Enabled", "policy/UserAuthentication"])(
  "%s cannot be weakened at all",
  (value) => {
    expect(Change.safeParse({ ...weakening, value }).success).toBe(false);
  },
);
