import { hash } from "node:crypto";

/** The UUID of version 5 (RFC 9562) of a name within a name space, which is a UUID itself: the same for the same two. */
export function derivedId(nameSpace: string, name: string): string {
  const named = Buffer.concat([Buffer.from(nameSpace.replaceAll("-", ""), "hex"), Buffer.from(name)]);
  const bytes = hash("sha1", named, "buffer").subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
