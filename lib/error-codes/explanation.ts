import { z } from "zod";
import { ConnectionSide } from "../core/connection-side.ts";

const code = z.number().int().min(0).max(0xffffffff);
const Source = z.strictObject({
  title: z.string(),
  url: z.string(),
  standing: z.enum(["documented", "reported"]).describe("`reported`: seen by people, and explained by no reference."),
});

export const ExplainedCode = z.strictObject({
  value: code,
  hex: z.string().describe("For example 0x904."),
  list: z
    .enum(["client", "extended", "result", "negotiation", "event"])
    .describe(
      "The list that the number belongs to: disconnect reasons, extended reasons, HRESULT or NTSTATUS, negotiation failures, events of the client or of the VM.",
    ),
  names: z.array(z.string()).describe("Its names in the published enumerations."),
  means: z.string(),
  source: Source.nullable().describe("`null`: the number is in no list."),
});
export type ExplainedCode = z.infer<typeof ExplainedCode>;

export const ExplainedCause = z.strictObject({
  title: z.string(),
  side: ConnectionSide,
  check: z.string().nullable().describe("The check that decides it."),
  clientCheck: z.string().nullable().describe("The item of the client checks that decides it."),
  look: z.string().nullable().describe("What a person looks at."),
});
export type ExplainedCause = z.infer<typeof ExplainedCause>;

/** What an error of a client means: what was understood of the input, what it proves, and what may have caused it. */
export const ErrorExplanation = z
  .strictObject({
    known: z.boolean().describe("Whether any part of the input is known."),
    understood: z
      .string()
      .describe("The understood part in short form, for example 0x904/0x7; empty when there is none."),
    codes: z.array(ExplainedCode),
    texts: z.array(z.strictObject({ says: z.string(), source: Source })).describe("Recognized sentences of a dialog."),
    notes: z.array(z.string()).describe("How doubtful input was read."),
    notUnderstood: z.array(z.string()),
    proves: z.array(z.string()),
    doesNotProve: z.array(z.string()),
    causes: z.array(ExplainedCause).describe("The likeliest first. The order is experience, not evidence."),
    next: z
      .array(z.strictObject({ command: z.string(), does: z.string() }))
      .describe("Commands of rdp-remediation, without the program's name."),
  })
  .meta({ id: "ErrorExplanation" });
export type ErrorExplanation = z.infer<typeof ErrorExplanation>;
