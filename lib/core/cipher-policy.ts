import type { RegistryData } from "./registry-value.ts";

/** The suites of the policy value `Functions`: one comma-separated list, or a multi-string when it was written as one. */
export function policySuites({ data }: RegistryData): string[] {
  return [data]
    .flat()
    .flatMap((text) => String(text).split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/**
 * Whether a suite works with the RSA certificate that Windows makes for Remote Desktop, up to TLS 1.2. A TLS 1.3 suite
 * names no key type, and helps only clients that support TLS 1.3.
 */
export function worksWithRsa(suite: string): boolean {
  return /^TLS_(ECDHE_|DHE_)?RSA_WITH_(?!NULL)/.test(suite);
}

/** The same for a certificate whose key is ECDSA. */
export function worksWithEcdsa(suite: string): boolean {
  return /^TLS_ECDHE_ECDSA_WITH_(?!NULL)/.test(suite);
}

/** The longest list that Windows accepts, in characters. [CSO] */
export const maximumPolicyLength = 1023;
