import { describe, expect, test } from "vitest";
import { parseRange } from "../../lib/core/address.ts";
import { effectOf } from "../../lib/core/ipsec-rule.ts";

/* The rows follow the table of IPsec rules that Azure support's repair acts on, reports and leaves alone. [IPS] */

const base = "v2.31|Action=SecureServer|Active=TRUE|Name=Isolate|";

function effect(text: string | null, port = 3389) {
  return effectOf({ text }, "Public", port).effect;
}

describe("blocks", () => {
  test.each([
    base,
    `${base}Protocol=6|`,
    `${base}Protocol=6|EP1Port=3389|`,
    `${base}EP1Port2_10=3380-3390|`,
    `${base}Profile=Public|Auth1Set={A}|CryptoSet={B}|`,
    base.replace("SecureServer", "Secure"),
  ])("%s", (text) => {
    expect(effect(text)).toBe("blocks");
  });

  test("for some clients, which it names", () => {
    const found = effectOf({ text: `${base}EP2_4=203.0.113.0/255.255.255.0|` }, "Public", 3389);
    expect(found).toMatchObject({ effect: "blocks", remote: [parseRange("203.0.113.0/24")] });
  });
});

describe("passes", () => {
  test.each([
    base.replace("SecureServer", "Boundary"),
    base.replace("SecureServer", "DoNotSecure"),
    base.replace("Active=TRUE", "Active=FALSE"),
    base.replace("Active=TRUE|", ""),
    `${base}Protocol=17|`,
    `${base}Protocol=6|EP1Port=443|`,
    `${base}Profile=Domain|`,
  ])("%s", (text) => {
    expect(effect(text)).toBe("passes");
  });

  test("a rule for the default port, when Remote Desktop was moved", () => {
    expect(effect(`${base}Protocol=6|EP1Port=3389|`, 3390)).toBe("passes");
  });
});

describe("may block", () => {
  test.each<[string, string | null]>([
    ["a local address", `${base}EP1_4=10.0.0.4|`],
    ["a remote port", `${base}Protocol=6|EP2Port=1024|`],
    ["an interface", `${base}IF={A}|`],
    ["an interface type", `${base}IFType=Wireless|`],
    ["a tunnel", `${base}ETunnel1_4=1.2.3.4|`],
    ["a version to skip", `${base}SkipVer=2.25|`],
    ["an unknown token", `${base}Future=1|`],
    ["a repeated action", `${base}Action=DoNotSecure|`],
    ["a repeated state", `${base}Active=FALSE|`],
    ["a keyword for ports", `${base}Protocol=6|EP1Port=RPC|`],
    ["a keyword for addresses", `${base}EP2_4=LocalSubnet|`],
    ["a value that is no text", null],
  ])("%s", (_, text) => {
    expect(effect(text)).toBe("may-block");
  });
});
