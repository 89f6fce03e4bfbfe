import { describe, expect, test } from "vitest";
import { clientChecks } from "../../lib/client-checks/client-checks.ts";
import { likeWindows, startFake } from "../rdp/fake-server.ts";
import { call } from "./call.ts";

function typed(...args: string[]) {
  return call(["client-checks", ...args], { environment: {} });
}

function order(out: string): string[] {
  return clientChecks
    .map(({ id }) => id)
    .filter((id) => out.includes(`(${id})`))
    .toSorted((one, other) => out.indexOf(`(${one})`) - out.indexOf(`(${other})`));
}

test("without a server: the whole list in its own order, nothing is probed", async () => {
  const { code, out, err } = await typed();
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(order(out)).toEqual(clientChecks.map(({ id }) => id));
  expect(out).not.toContain("Probed");
});

describe("with a server the probe orders the list", () => {
  test("a server that answers: the log-on first", async () => {
    await using server = await startFake(likeWindows());
    const { code, out, said } = await typed(`127.0.0.1:${server.target.port}`);
    expect(code).toBe(0);
    expect(said).toMatch(/Probed from this machine: Remote Desktop answers as it should/);
    expect(order(out)[0]).toBe("client-version");
    expect(out).toContain("cmdkey /list:TERMSRV/127.0.0.1");
    expect(server.behindTls).toEqual([]);
  });

  test("a port without a listener: the way to it first", async () => {
    const { target, [Symbol.asyncDispose]: end } = await startFake(() => {});
    await end();
    const { code, out } = await typed(`127.0.0.1:${target.port}`);
    expect(code).toBe(0);
    expect(order(out)[0]).toBe("reachability");
  });
});

test("the client's error orders it too", async () => {
  const { out, said } = await typed("--error", "0x807");
  expect(order(out).slice(0, 3)).toEqual(["account-form", "saved-credentials", "password-tool"]);
  expect(said).toMatch(/Ordered by the client's error too: 0x807/);
});

test("with --json one document", async () => {
  const { out } = await typed("--error", "2825", "--json");
  const list = JSON.parse(out);
  expect(list).toMatchObject({ target: null, probe: null, error: "0xb09" });
  expect(list.checks).toHaveLength(clientChecks.length);
});

test("--script prints the script alone, for the server, and probes nothing", async () => {
  const { code, out, err } = await typed("vm-app-01.example:3390", "--script");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("[string]$HostName = 'vm-app-01.example'");
  expect(out).toContain("[int]$Port = 3390");
});

test.each([
  [["vm:99999"], /"vm:99999" is not HOST/],
  [["vm'x"], /is not HOST/],
  [["--script", "--json"], /Give one of them/],
  [["--proxy", "ftp://x"], /is not a proxy/],
])("%j is exit code 2", async (args, sentence) => {
  const { code, said } = await typed(...args);
  expect(code).toBe(2);
  expect(said).toMatch(sentence);
});
