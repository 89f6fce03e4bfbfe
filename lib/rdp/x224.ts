/*
 * The two packets that come before TLS (MS-RDPBCGR 2.2.1.1 and 2.2.1.2): the client's X.224 connection request with the
 * security protocols that it knows, and the server's confirm with the one that it chose, or why it chose none. Pure.
 */

/** Security protocols by their bit in a request, which is also their number in an answer (2.2.1.1.1). */
export const protocolBits = {
  PROTOCOL_RDP: 0,
  PROTOCOL_SSL: 1,
  PROTOCOL_HYBRID: 2,
  PROTOCOL_RDSTLS: 4,
  PROTOCOL_HYBRID_EX: 8,
} as const;
export type Protocol = keyof typeof protocolBits;
export const protocols = Object.keys(protocolBits) as Protocol[];

/** What a server says of itself beside its choice (2.2.1.2.1). 0x04 is reserved and left out. */
export const flagBits = {
  EXTENDED_CLIENT_DATA_SUPPORTED: 0x01,
  DYNVC_GFX_PROTOCOL_SUPPORTED: 0x02,
  RESTRICTED_ADMIN_MODE_SUPPORTED: 0x08,
  REDIRECTED_AUTHENTICATION_MODE_SUPPORTED: 0x10,
} as const;
export type ServerFlag = keyof typeof flagBits;
export const serverFlags = Object.keys(flagBits) as ServerFlag[];

/** Why a server chose none (2.2.1.2.2). */
export const failureCodes = {
  SSL_REQUIRED_BY_SERVER: 1,
  SSL_NOT_ALLOWED_BY_SERVER: 2,
  SSL_CERT_NOT_ON_SERVER: 3,
  INCONSISTENT_FLAGS: 4,
  HYBRID_REQUIRED_BY_SERVER: 5,
  SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER: 6,
} as const;
export type FailureName = keyof typeof failureCodes;
export const failureNames = Object.keys(failureCodes) as FailureName[];

/**
 * What a server answered. `negotiated` is false where it left the negotiation out, as servers before Windows 2003 SP1
 * do.
 */
export type ConnectionConfirm =
  | { readonly kind: "chosen"; readonly protocol: Protocol; readonly flags: ServerFlag[]; readonly negotiated: boolean }
  | { readonly kind: "declined"; readonly code: number; readonly name: FailureName | null };

export type ConfirmReading =
  | { readonly state: "incomplete" }
  | { readonly state: "complete"; readonly confirm: ConnectionConfirm }
  /** An X.224 or MCS packet that ends the connection instead of a confirm: xrdp sends one for unknown flags. */
  | { readonly state: "disconnect" }
  | { readonly state: "malformed"; readonly because: string };

const tpktBytes = 4;
const shortestPacket = 7;
/** A confirm has 19 bytes; the limit is for data that is not one. */
export const longestPacket = 1024;
const confirmBytes = { plain: 11, negotiated: 19 };

const codes = { request: 0xe0, confirm: 0xd0, disconnect: 0x80, data: 0xf0 };

/** A connection request of 19 bytes, without a cookie: the cookie would carry a user's name. */
export function encodeRequest(requested: readonly Protocol[]): Buffer {
  const bits = requested.reduce((all, protocol) => all | protocolBits[protocol], 0);
  return Buffer.from([3, 0, 0, 19, 14, codes.request, 0, 0, 0, 0, 0, 1, 0, 8, 0, bits, 0, 0, 0]);
}

/**
 * Parses the data received so far. It rejects as early as possible, so that a caller never buffers more
 * than {@link longestPacket} bytes of what is not RDP.
 */
export function readConfirm(bytes: Buffer): ConfirmReading {
  if (bytes.length > 0 && bytes[0] !== 3) return malformed("it does not begin like RDP");
  if (bytes.length < tpktBytes) return { state: "incomplete" };
  const length = bytes.readUInt16BE(2);
  if (length < shortestPacket || length > longestPacket) return malformed(`its packet claims ${length} bytes`);
  if (bytes.length < length) return { state: "incomplete" };
  const reading = readPacket(bytes.subarray(0, length));
  // Who refuses may end the connection in the same breath: xrdp does. After a protocol was chosen, the client speaks first.
  const goesOn = reading.state === "complete" && reading.confirm.kind === "chosen";
  return goesOn && bytes.length > length ? malformed("more than one packet came") : reading;
}

function readPacket(bytes: Buffer): ConfirmReading {
  const code = (bytes[5] ?? 0) & 0xf0;
  if (code === codes.disconnect || code === codes.data) return { state: "disconnect" };
  if (code !== codes.confirm) return malformed(`its packet is of the kind 0x${code.toString(16)}`);
  if (bytes[4] !== bytes.length - tpktBytes - 1) return malformed("the two lengths of its packet disagree");
  if (bytes.length === confirmBytes.plain) {
    return complete({ kind: "chosen", protocol: "PROTOCOL_RDP", flags: [], negotiated: false });
  }
  if (bytes.length !== confirmBytes.negotiated || bytes.readUInt16LE(13) !== 8) {
    return malformed(`its confirm has ${bytes.length} bytes`);
  }
  return readNegotiation({ type: bytes[11], flags: bytes[12] ?? 0, number: bytes.readUInt32LE(15) });
}

function readNegotiation({
  type,
  flags,
  number,
}: {
  type: number | undefined;
  flags: number;
  number: number;
}): ConfirmReading {
  if (type === 3) {
    const name = failureNames.find((known) => failureCodes[known] === number) ?? null;
    return complete({ kind: "declined", code: number, name });
  }
  if (type !== 2) return malformed(`its negotiation is of the type ${type}`);
  const protocol = protocols.find((known) => protocolBits[known] === number);
  if (!protocol) return malformed(`it chose the protocol ${number}, which was not asked for`);
  const set = serverFlags.filter((flag) => (flags & flagBits[flag]) !== 0);
  return complete({ kind: "chosen", protocol, flags: set, negotiated: true });
}

function complete(confirm: ConnectionConfirm): ConfirmReading {
  return { state: "complete", confirm };
}

function malformed(because: string): ConfirmReading {
  return { state: "malformed", because };
}
