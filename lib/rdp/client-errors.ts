/** An error of mstsc: the code, the extended code where it is informative, and the name in Microsoft's lists. */
export interface ClientError {
  readonly code: number;
  readonly extended: number | null;
  readonly means: string;
}

function error(code: number, means: string, extended: number | null = null): ClientError {
  return { code, extended, means };
}

/**
 * The codes by the stage to which their names belong [DC][XD]. It is known from reports that mstsc shows 0x904 with 0x7
 * for every closed connection. Which of the others it shows for which fault was not tested on a real Windows.
 */
export const clientErrors = {
  noAddress: [error(0x104, "DNS name lookup failure"), error(0x208, "host not found")],
  lookupFailed: [error(0x104, "DNS name lookup failure"), error(0x508, "DNS lookup failed")],
  noConnection: [error(0x204, "socket connect failed"), error(0x108, "connection timed out")],
  hungUp: [error(0x904, "socket closed; the server denied the connection", 7)],
  noAnswer: [error(0x108, "connection timed out"), error(0x704, "time-out occurred")],
  notRdp: [error(0x406, "security data is not valid"), error(0x408, "internal error")],
  certificateExpired: [error(0x1b07, "the received certificate is expired")],
  logOn: [
    error(0x807, "login failed"),
    error(0xb07, "the account is disabled"),
    error(0xd07, "the account is locked out"),
    error(0xf07, "the password is expired"),
    error(0x1807, "no authority could be contacted for authentication"),
    error(0x2107, "saved credentials are not allowed"),
  ],
} as const satisfies Record<string, readonly ClientError[]>;
