import { z } from "zod";
import { connectionFields, Failure, PeerCertificate, tlsVersions } from "./report.ts";

/* The observations of a probe of an RD Gateway: plain data without conclusions. */

const text = z.string().max(512);
const ms = z.number().int().nonnegative();

/** One HTTP request without credentials, and the answer; its body is not read. */
export const GatewayExchange = z.strictObject({
  method: text,
  path: text,
  ms,
  answer: z.discriminatedUnion("result", [
    z.strictObject({
      result: z.literal("status"),
      status: z.number().int().min(100).max(999),
      /** Names of the authentication schemes that the answer offers, such as Negotiate and NTLM. */
      schemes: z.array(text).max(16),
    }),
    z.strictObject({ result: z.literal("failed"), failure: Failure }),
  ]),
});
export type GatewayExchange = z.infer<typeof GatewayExchange>;

export const GatewayReport = z.strictObject({
  ...connectionFields,
  /** `null`: no TLS handshake was begun. */
  tls: z
    .discriminatedUnion("result", [
      z.strictObject({ result: z.literal("completed"), version: z.enum(tlsVersions), suite: text, ms }),
      z.strictObject({ result: z.literal("failed"), failure: Failure, ms }),
    ])
    .nullable(),
  certificate: PeerCertificate.nullable(),
  /** Why the authorities that this program knows do not vouch for the certificate; `null`: they do, or none came. */
  distrust: text.nullable(),
  exchanges: z.array(GatewayExchange).max(2),
});
export type GatewayReport = z.infer<typeof GatewayReport>;
