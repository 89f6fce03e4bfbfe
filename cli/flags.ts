import { isIP } from "node:net";
import { z } from "zod";
import { plainText } from "../lib/core/plain-text.ts";
import { Risk, risks } from "../lib/core/risk.ts";
import { longestClientError } from "../lib/core/run.ts";
import { cleanErrorText } from "../lib/error-codes/read-error.ts";

/*
 * All flags, each with its schema, its value's name in the help, and its description. The parser, the types of the
 * commands' options and the help texts are built from this table.
 */

interface Flag {
  /** The value's name in the help; a flag without one is a switch. */
  readonly value?: string;
  readonly help: string;
  readonly schema: z.ZodType;
  /** The flag may be repeated; its values are joined. */
  readonly list?: true;
}

const text = z.string().min(1, "must not be empty");
const names = text.transform((list) => list.split(",").map((name) => name.trim())).pipe(z.array(text));
export const guestKinds = ["auto", "modelled", "pwsh"] as const;
const off = z.boolean().default(false);

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

export const flags = {
  subscription: { value: "ID", help: "The VM's subscription,", schema: text.optional() },
  "resource-group": { value: "NAME", help: "its resource group,", schema: text.optional() },
  name: { value: "NAME", help: "and its name, all three instead of an id.", schema: text.optional() },
  checks: { value: "A,B", help: "Run only these checks.", schema: names.optional(), list: true },
  from: {
    value: "ADDRESS",
    help: "Evaluate the network for this source: an address, a CIDR, VirtualNetwork or Internet. May be repeated.",
    schema: sources.default([]),
    list: true,
  },
  error: {
    value: "ERROR",
    help: "What the client shows, e.g. 0x904/0x7: orders the findings and words the outcome. It is never evidence.",
    schema: text
      .transform((given) => cleanErrorText(given, longestClientError))
      .pipe(z.string().min(1, "must not be empty"))
      .optional(),
  },
  "request-access": {
    help: "Request just-in-time access for the sources of --from that it denies.",
    schema: off,
  },
  remediations: {
    value: "A,B",
    help: "Plan exactly these remediations instead of the least invasive ones.",
    schema: names.optional(),
    list: true,
  },
  "max-risk": {
    value: "RISK",
    help: `The highest risk that needs no decision. In order: ${risks.join(", ")}. Default: interrupts-sessions.`,
    schema: Risk.default("interrupts-sessions"),
  },
  "weaken-minutes": {
    value: "N",
    help: "For how many minutes a named remediation weakens a setting. Default: 60, or RDP_REMEDIATION_WEAKEN_MINUTES.",
    schema: z
      .string()
      .refine((n) => /^\d{1,5}$/.test(n) && Number(n) >= 1, "must be a whole number of minutes")
      .transform(Number)
      .optional(),
  },
  yes: { help: "Do not ask on a terminal about a plan within --max-risk.", schema: off },
  "dry-run": { help: "Show the plan and change nothing.", schema: off },
  force: {
    help: "repair: plan the named remediations even if the evidence does not require them. undo: restore also values that were changed since.",
    schema: off,
  },
  approve: { help: "Approve the plan; it is applied at once.", schema: off },
  reject: { help: "Reject the plan; nothing is changed.", schema: off },
  plan: {
    value: "HASH",
    help: "Decide only about this plan: its hash, or at least its first 8 digits. Default: the waiting plan.",
    schema: z
      .string()
      .regex(/^[0-9a-f]{8,64}$/, "must be 8 to 64 digits of a hash")
      .optional(),
  },
  reason: {
    value: "TEXT",
    help: "The reason, for the log of the run.",
    schema: z
      .string()
      .overwrite((given) => plainText(given, 512))
      .min(1, "must not be empty")
      .optional(),
  },
  out: { value: "FILE", help: "Write to this file; it must not exist. Default: rdp-RUN.zip.", schema: text.optional() },
  "with-names": { help: "Keep names, accounts, addresses and ids instead of placeholders.", schema: off },
  vm: { value: "ID", help: "Only runs of this VM, by its resource id.", schema: text.optional() },
  limit: {
    value: "N",
    help: "At most this many runs, newest first. Default: 20.",
    schema: z
      .string()
      .refine((n) => /^\d{1,3}$/.test(n) && Number(n) >= 1 && Number(n) <= 100, "must be a whole number from 1 to 100")
      .transform(Number)
      .default(20),
  },
  port: {
    value: "N",
    help: "serve: listen on this port; 0 is any free port; default: 7071, or RDP_REMEDIATION_PORT. network: evaluate this port.",
    schema: z
      .string()
      .refine((n) => /^\d{1,5}$/.test(n) && Number(n) <= 65535, "must be a port number")
      .transform(Number)
      .optional(),
  },
  proxy: {
    value: "URL",
    help: "Connect through this proxy, http://HOST:PORT (CONNECT) or socks5://HOST:PORT, which resolves the name.",
    schema: text.optional(),
  },
  gateway: {
    help: "HOST is an RD Gateway: test HTTPS, its certificate and its path. Port 443 by default.",
    schema: off,
  },
  script: { help: "Print the read-only PowerShell script for the client instead.", schema: off },
  sandbox: {
    value: "WORLD",
    help: "Use a simulated Azure, started for this call: a world file, or the name of a shipped world. VM is then optional.",
    schema: text.optional(),
  },
  guest: {
    value: "KIND",
    help: "How the sandbox simulates Windows: modelled, pwsh (the real scripts in PowerShell 7), or auto. Default: auto.",
    schema: z.enum(guestKinds).default("auto"),
  },
  json: { help: "Print only one JSON document on standard output.", schema: off },
} as const satisfies Record<string, Flag>;

export type FlagName = keyof typeof flags;
export const flagNames = Object.keys(flags) as FlagName[];

/** The options of a command, by the names of its flags. */
export type Options<Name extends FlagName = FlagName> = { [N in Name]: z.infer<(typeof flags)[N]["schema"]> };

export function flagOf(name: FlagName): Flag {
  return flags[name];
}
