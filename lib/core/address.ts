import ipaddr from "ipaddr.js";

/** An IP address as a number, with its family. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** All addresses from `first` to `last`, both included. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** Parses an address or a CIDR; `null` for anything else. Host bits are ignored, as Azure does. */
export function parseRange(text: string): AddressRange | null {
  const [address = "", bits, ...rest] = text.trim().split("/");
  const parsed = parseAddress(address);
  if (!parsed || rest.length > 0) return null;
  const { family, value } = parsed;
  const width = family === 4 ? 32 : 128;
  const length = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(length <= width)) return null;
  const hosts = (1n << BigInt(width - length)) - 1n;
  return { family, first: value & ~hosts, last: value | hosts };
}

/** Parses ranges; drops texts that are not one. */
export function parseRanges(texts: readonly string[]): AddressRange[] {
  return texts.flatMap((text) => parseRange(text) ?? []);
}

export function parseAddress(text: string): Address | null {
  const four = parseVersion4(text);
  if (four) return four;
  if (!ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress()) return parseVersion4(address.toIPv4Address().toString());
  return { family: 6, value: address.parts.reduce((sum, part) => (sum << 16n) | BigInt(part), 0n) };
}

/** Not by the library: it is slow for groups with thousands of addresses, and it accepts "10" and octal numbers. */
function parseVersion4(text: string): Address | null {
  const [, ...parts] = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  if (parts.length === 0 || parts.some((part) => Number(part) > 255)) return null;
  return { family: 4, value: BigInt(parts.reduce((sum, part) => sum * 256 + Number(part), 0)) };
}

export function formatAddress({ family, value }: Address): string {
  const width = family === 4 ? 4 : 16;
  const bytes = Array.from({ length: width }, (_, at) => Number((value >> BigInt(8 * (width - 1 - at))) & 0xffn));
  return ipaddr.fromByteArray(bytes).toString();
}

/** `10.0.0.4:3389`, or `[fd00::4]:3389`. */
export function formatEndpoint(address: Address, port: number): string {
  const text = formatAddress(address);
  return address.family === 4 ? `${text}:${port}` : `[${text}]:${port}`;
}

export function rangeContains(range: AddressRange, { family, value }: Address): boolean {
  return range.family === family && range.first <= value && value <= range.last;
}

export function anyRangeContains(ranges: readonly AddressRange[], address: Address): boolean {
  return ranges.some((range) => rangeContains(range, address));
}

/** Parses the output of `formatEndpoint`; `null` for anything else. */
export function parseEndpoint(text: string): { address: Address; port: number } | null {
  const [, six, four = "", port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = parseAddress(six ?? four);
  return address && { address, port: Number(port) };
}

/** The prefix length of a CIDR: 32 for one IPv4 address, 0 for all. */
export function prefixLength({ family, first, last }: AddressRange): number {
  return (family === 4 ? 32 : 128) - ((last - first + 1n).toString(2).length - 1);
}

/** A CIDR with its first address, without host bits; a single address gets /32 or /128. */
export function formatCidr(range: AddressRange): string {
  return `${formatAddress({ family: range.family, value: range.first })}/${prefixLength(range)}`;
}
