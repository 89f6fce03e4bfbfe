import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createExpiringCache, digestOf } from "../../lib/http/expiring-cache.ts";

describe("a memory", () => {
  let at = 0;
  const now = () => new Date(at);

  test("recalls until the time that was given, and not at that time", () => {
    at = 1000;
    const memory = createExpiringCache<string>(now, 10, 1_000_000);
    memory.set("a", "known", 5000);
    at = 4999;
    expect(memory.get("a")).toBe("known");
    at = 5000;
    expect(memory.get("a")).toBeNull();
    expect(memory.get("b")).toBeNull();
  });

  test("keeps nothing for longer than its own lifetime, and nothing whose time is over already", () => {
    at = 1000;
    const memory = createExpiringCache<string>(now, 10, 100);
    memory.set("a", "known", Number.POSITIVE_INFINITY);
    memory.set("b", "late", 1000);
    expect(memory.get("b")).toBeNull();
    at = 1099;
    expect(memory.get("a")).toBe("known");
    at = 1100;
    expect(memory.get("a")).toBeNull();
  });

  test("never holds more than its number, whatever comes: the first to come goes first", () => {
    at = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.nat(9), { maxLength: 60 }), (most, keys) => {
        const memory = createExpiringCache<number>(now, most, 100);
        const held: number[] = [];
        for (const key of keys) {
          memory.set(String(key), key, 50);
          if (!held.includes(key)) held.push(key);
          if (held.length > most) held.shift();
          const recalled = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter((one) => memory.get(String(one)) === one);
          expect(recalled).toEqual(held.toSorted());
        }
      }),
    );
  });

  test("goes by a digest of what came: 256 bits of it", () => {
    expect(digestOf("token")).toBe(digestOf(new TextEncoder().encode("token")));
    expect(Buffer.from(digestOf("token"), "base64url")).toHaveLength(32);
  });
});
