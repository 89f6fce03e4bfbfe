import { findCode } from "../error-codes/known-codes.ts";

/** An error of mstsc: the code, the extended code where it is informative, and what the published lists say of them. */
export interface ClientError {
  readonly code: number;
  readonly extended: number | null;
  readonly means: string;
}

function error(code: number, extended: number | null = null): ClientError {
  const rows = [findCode("client", code), extended === null ? null : findCode("extended", extended)];
  return { code, extended, means: rows.flatMap((row) => row?.means ?? []).join("; ") };
}

/**
 * The codes by the stage to which their names belong. It is known from reports that mstsc shows 0x904 with 0x7
 * for every closed connection. Which of the others it shows for which fault was not tested on a real Windows.
 */
export const clientErrors = {
  noAddress: [error(0x104), error(0x208)],
  lookupFailed: [error(0x104), error(0x508)],
  noConnection: [error(0x204), error(0x108)],
  hungUp: [error(0x904, 7)],
  noAnswer: [error(0x108), error(0x704)],
  notRdp: [error(0x406), error(0x408)],
  certificateExpired: [error(0x1b07)],
  logOn: [error(0x807), error(0xb07), error(0xd07), error(0xf07), error(0x1807), error(0x2107)],
} as const satisfies Record<string, readonly ClientError[]>;
