import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseProxy, parseTarget } from "../../lib/rdp/target.ts";

describe("a target", () => {
  test.each([
    ["vm-app-01", { host: "vm-app-01", port: 3389 }],
    ["vm-app-01.westeurope.cloudapp.azure.com:3390", { host: "vm-app-01.westeurope.cloudapp.azure.com", port: 3390 }],
    ["VM_1.", { host: "vm_1.", port: 3389 }],
    ["bücher.example", { host: "xn--bcher-kva.example", port: 3389 }],
    ["203.0.113.7:1", { host: "203.0.113.7", port: 1 }],
    ["2001:db8::4", { host: "2001:db8::4", port: 3389 }],
    ["[2001:db8::4]", { host: "2001:db8::4", port: 3389 }],
    ["[::1]:65535", { host: "::1", port: 65535 }],
    ["fe80::1%eth0", { host: "fe80::1%eth0", port: 3389 }],
  ])("%s", (text, target) => {
    expect(parseTarget(text)).toEqual({ ok: true, value: target });
  });

  test.each([
    "",
    " ",
    ":3389",
    "vm:",
    "vm:0",
    "vm:65536",
    "vm:33 89",
    "vm:-1",
    "vm:3389:1",
    "[vm]:3389",
    "[::1",
    "[203.0.113.7]",
    "10.1",
    "0x7f.1",
    "256.1.1.1",
    "rdp://vm",
    "user@vm",
    "two words",
    "vm\u0000",
    `${"a".repeat(254)}`,
  ])("%j is none", (text) => {
    expect(parseTarget(text)).toMatchObject({ ok: false, problem: { code: "invalid-input" } });
  });

  test("every address and port comes back as it was written", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65535 }), (host, port) => {
        const text = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
        expect(parseTarget(text)).toEqual({ ok: true, value: { host, port } });
      }),
    );
  });

  test("no text makes it throw", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const read = parseTarget(text);
        if (read.ok) expect(read.value.host).toMatch(/^[\w.:%-]+$/);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a proxy", () => {
  test.each([
    ["http://proxy.corp:8080", { kind: "http", host: "proxy.corp", port: 8080 }],
    ["http://proxy.corp", { kind: "http", host: "proxy.corp", port: 80 }],
    ["http://[::1]:3128/", { kind: "http", host: "::1", port: 3128 }],
    ["socks5://jump:1081", { kind: "socks5", host: "jump", port: 1081 }],
    ["socks5h://jump", { kind: "socks5", host: "jump", port: 1080 }],
    ["socks5://[2001:db8::1]", { kind: "socks5", host: "2001:db8::1", port: 1080 }],
  ])("%s", (text, proxy) => {
    expect(parseProxy(text)).toEqual({ ok: true, value: proxy });
  });

  test.each(["", "proxy:8080", "https://proxy", "socks4://proxy", "http://", "http://proxy:0", "socks5://proxy:99999"])(
    "%j is none",
    (text) => {
      expect(parseProxy(text)).toMatchObject({ ok: false, problem: { code: "invalid-input" } });
    },
  );

  test("credentials are refused, and not repeated", () => {
    const read = parseProxy("http://me:secret@proxy:8080");
    expect(read).toMatchObject({ ok: false, problem: { message: expect.stringContaining("no credentials") } });
    expect(JSON.stringify(read)).not.toContain("secret");
  });
});
