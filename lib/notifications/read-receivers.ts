import { z } from "zod";
import { fail, ok, type Result } from "../core/problem.ts";
import { type Receiver, Receivers, secretsOf } from "./receiver.ts";

/** Secrets by name. Their values appear in no message and in no log. */
export type Secrets = Readonly<Record<string, string>>;

/** Reads the receivers. Every problem is named by its path in the document. */
export function readReceivers(text: string): Result<Receiver[]> {
  const json = parseJson(text);
  if (!json.ok) return json;
  const parsed = Receivers.safeParse(json.value);
  if (parsed.success) return ok(parsed.data.receivers);
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the document"}: ${message}`);
  return fail("invalid-input", problems.join("; "));
}

/** Reads the secrets: one JSON object of texts. */
export function readSecrets(text: string): Result<Secrets> {
  // App Service leaves this in the setting when it may not read the secret, or when the secret does not exist.
  if (text.startsWith("@Microsoft.KeyVault(")) {
    return fail("invalid-input", "its Key Vault reference is not resolved; check the app's right to the secret");
  }
  const json = parseJson(text);
  if (!json.ok) return json;
  const parsed = z.record(z.string(), z.string().min(1)).safeParse(json.value);
  if (parsed.success) return ok(parsed.data);
  return fail("invalid-input", "it must be a JSON object whose values are texts, by the names of the secrets");
}

/** Why the receivers cannot be used with these secrets; none: they can. Names secrets, and never their values. */
export function secretProblems(receivers: readonly Receiver[], secrets: Secrets): string[] {
  return receivers.flatMap((receiver) => {
    const missing = secretsOf(receiver)
      .filter((name) => secrets[name] === undefined)
      .map((name) => `receiver ${receiver.name} needs the secret "${name}"`);
    const signing = receiver.kind === "webhook" ? (receiver.signing ?? []) : [];
    const weak = signing
      .filter(({ secret }) => secrets[secret] !== undefined && !isSigningSecret(secrets[secret] ?? ""))
      .map(
        ({ secret }) =>
          `the secret "${secret}" of receiver ${receiver.name} must be whsec_ and base64 of 24 to 64 bytes`,
      );
    const url = receiver.kind === "email" ? null : receiver.url;
    const address = typeof url === "object" && url !== null ? (secrets[url.secret] ?? null) : null;
    const wrong = address !== null && !/^https:\/\/[^@/]+(\/|$)/.test(address);
    return [
      ...missing,
      ...weak,
      ...(wrong ? [`the URL of receiver ${receiver.name} must be an https URL without a user name`] : []),
    ];
  });
}

/** Standard Webhooks: 24 to 64 random bytes, as base64 after `whsec_`. */
function isSigningSecret(text: string): boolean {
  const [, key] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const { length } = Buffer.from(key ?? "", "base64");
  return length >= 24 && length <= 64;
}

function parseJson(text: string): Result<unknown> {
  try {
    return ok(JSON.parse(text));
  } catch {
    return fail("invalid-input", "it is not JSON");
  }
}
