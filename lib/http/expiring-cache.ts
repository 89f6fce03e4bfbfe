import { hash } from "node:crypto";

/** A bounded cache whose entries expire. */
export interface ExpiringCache<T> {
  get(key: string): T | null;
  /** `until` is exclusive, in milliseconds since 1970. */
  set(key: string, value: T, until: number): void;
}

/** With `most` entries the oldest one is removed. No entry is kept longer than `lifetimeMs`. */
export function createExpiringCache<T>(now: () => Date, most: number, lifetimeMs: number): ExpiringCache<T> {
  const entries = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    get(key) {
      const found = entries.get(key);
      if (!found) return null;
      if (now().getTime() < found.until) return found.value;
      entries.delete(key);
      return null;
    },
    set(key, value, until) {
      const at = now().getTime();
      if (until <= at) return;
      const [first] = entries.keys();
      if (entries.size >= most && first !== undefined && !entries.has(key)) entries.delete(first);
      entries.set(key, { value, until: Math.min(until, at + lifetimeMs) });
    },
  };
}

/** Cache keys are SHA-256 digests, so that neither tokens nor alerts stay in memory. */
export function digestOf(bytes: string | Uint8Array): string {
  return hash("sha256", bytes, "base64url");
}
