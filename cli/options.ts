import { isIP } from "node:net";
import { z } from "zod";
import { plainText } from "../lib/core/plain-text.ts";
import type { Result } from "../lib/core/problem.ts";
import { Risk } from "../lib/core/risk.ts";
import { longestClientError } from "../lib/core/run-request.ts";
import { timeAgo } from "../lib/core/time-ago.ts";
import { cleanErrorText } from "../lib/error-codes/read-error.ts";
import { type FlagName, flagNames, guestKinds, outcomeNames, outputNames, reportFormats, stateNames } from "./flags.ts";
import { refuse } from "./refuse.ts";

const text = z.string().min(1, "must not be empty");
const names = text.transform((list) => list.split(",").map((name) => name.trim())).pipe(z.array(text));
const off = z.boolean().default(false);

function wholeNumber(most: number, least: number, what: string) {
  return z
    .string()
    .refine((n) => /^\d{1,5}$/.test(n) && Number(n) >= least && Number(n) <= most, `must be ${what}`)
    .transform(Number);
}

/** An address, a CIDR, or one of the two service tags that can be evaluated without Azure's list of tags. */
function isSource(source: string): boolean {
  if (["virtualnetwork", "internet"].includes(source.toLowerCase())) return true;
  const [address = "", bits, ...rest] = source.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

const sources = names.refine((given) => given.every(isSource), {
  error: "must be addresses, CIDRs, VirtualNetwork or Internet",
});

/** A time, or how long ago it was; as RFC 3339 in UTC. A time without a zone is one of this machine. */
const since = text.transform((given, context) => {
  const ago = timeAgo(given, new Date());
  if (ago !== null) return ago;
  const at = Date.parse(given);
  if (/^\d{4}-\d\d-\d\d/.test(given) && !Number.isNaN(at)) return new Date(at).toISOString();
  context.addIssue({ code: "custom", message: "must be 30m, 12h, 7d or a time such as 2026-11-30T01:00:00Z" });
  return z.NEVER;
});

/** The schema of each flag's value. */
const shape = {
  subscription: text.optional(),
  "resource-group": text.optional(),
  name: text.optional(),
  checks: names.optional(),
  from: sources.default([]),
  error: text
    .transform((given) => cleanErrorText(given, longestClientError))
    .pipe(z.string().min(1, "must not be empty"))
    .optional(),
  "request-access": off,
  remediations: names.optional(),
  "max-risk": Risk.optional(),
  "weaken-minutes": wholeNumber(99_999, 1, "a whole number of minutes").optional(),
  yes: off,
  "dry-run": off,
  force: off,
  approve: off,
  reject: off,
  plan: z
    .string()
    .regex(/^[0-9a-f]{8,64}$/, "must be 8 to 64 digits of a hash")
    .optional(),
  reason: z
    .string()
    .overwrite((given) => plainText(given, 512))
    .min(1, "must not be empty")
    .optional(),
  format: z.enum(reportFormats).default("text"),
  out: text.optional(),
  "with-names": off,
  vm: text.optional(),
  limit: wholeNumber(100, 1, "a whole number from 1 to 100").default(20),
  port: wholeNumber(65_535, 0, "a port number").optional(),
  proxy: text.optional(),
  gateway: off,
  script: off,
  vms: text.optional(),
  scope: text.optional(),
  tag: z
    .string()
    .regex(/^[^=]+=/, "must be NAME=VALUE")
    .transform((given) => ({ name: given.slice(0, given.indexOf("=")), value: given.slice(given.indexOf("=") + 1) }))
    .optional(),
  "graph-query": text.optional(),
  days: wholeNumber(3650, 1, "a whole number of days").optional(),
  canary: wholeNumber(100, 0, "a whole number from 0 to 100").optional(),
  waves: names.transform((all) => all.map(Number)).optional(),
  "at-work": wholeNumber(500, 1, "a whole number from 1 to 500").optional(),
  "per-subscription": wholeNumber(500, 1, "a whole number from 1 to 500").optional(),
  "per-region": wholeNumber(500, 1, "a whole number from 1 to 500").optional(),
  "max-failures": wholeNumber(100, 0, "a whole number from 0 to 100").optional(),
  busy: z.enum(["skip", "wait"]).optional(),
  sandbox: text.optional(),
  guest: z.enum(guestKinds).default("auto"),
  last: off,
  state: z.enum(stateNames).optional(),
  outcome: z.enum(outcomeNames).optional(),
  since: since.optional(),
  all: off,
  service: text.optional(),
  profile: text.optional(),
  output: z.enum(outputNames).optional(),
  query: text.optional(),
  json: off,
} as const satisfies Record<FlagName, z.ZodType>;

/** The options of a command, by the names of its flags. */
export type Options<Name extends FlagName = FlagName> = { [N in Name]: z.infer<(typeof shape)[N]> };

/** Validates the values of the flags that were typed, and adds the defaults of all others. */
export function readOptions(values: Partial<Record<FlagName, string | boolean>>): Result<Options> {
  const parsed = z.object(shape).safeParse(values);
  // The schema and the type are built from the same table.
  if (parsed.success) return { ok: true, value: parsed.data as Options };
  const issue = parsed.error.issues[0];
  const name = flagNames.find((known) => known === issue?.path[0]) ?? "json";
  return refuse(`--${name} ${JSON.stringify(values[name])} cannot be used: ${reasonOf(issue)}.`);
}

function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  return issue?.code === "invalid_value" ? `choose one of ${issue.values.join(", ")}` : `it ${issue?.message}`;
}
