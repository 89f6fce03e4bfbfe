import { describe, expect, test } from "vitest";
import { clientChecks, forHost, rankClientChecks } from "../../lib/client-checks/client-checks.ts";
import { connectionSides } from "../../lib/core/connection-side.ts";

const ids = clientChecks.map(({ id }) => id);

test("every check has its id once, a page as its source, and commands that are no more than a line", () => {
  expect(ids).toEqual([...new Set(ids)]);
  for (const { source, commands, sides } of clientChecks) {
    expect(new URL(source).protocol).toBe("https:");
    expect(commands.length).toBeGreaterThan(0);
    expect(sides.length).toBeGreaterThan(0);
    for (const command of commands) expect(command).not.toMatch(/[\n\r]/);
  }
});

test("no command writes: only commands that read, and programs of Windows with arguments that read", () => {
  const reads =
    /^(\(?(Get|Test|Resolve|Select)-|cmdkey \/list|netsh winhttp show|w32tm \/query|whoami|mstsc \/v:HOST \/prompt$|rdp-remediation probe )/;
  for (const { commands } of clientChecks) for (const command of commands) expect(command).toMatch(reads);
});

describe("the order", () => {
  test.each(connectionSides)("for %s every check is there once", (side) => {
    expect(
      rankClientChecks({ probed: side })
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(ids.toSorted());
  });

  test.each([
    ["name-resolution", "name-resolution"],
    ["path", "name-resolution"],
    ["gateway", "gateway"],
    ["proxy", "gateway"],
    ["tls", "proxy"],
    ["nla", "client-version"],
    ["log-on", "saved-credentials"],
    ["session", "udp-transport"],
  ] as const)("for %s it begins with %s", (side, first) => {
    expect(rankClientChecks({ probed: side })[0]?.id).toBe(first);
  });

  test("what the probe found comes before what the error names, and that before the sides of its causes", () => {
    const hints = { probed: "session", named: ["clock", "no such check"], sides: ["gateway"] } as const;
    expect(
      rankClientChecks(hints)
        .map(({ id }) => id)
        .slice(0, 4),
    ).toEqual(["udp-transport", "client-log", "clock", "gateway"]);
    expect(rankClientChecks({})).toEqual(clientChecks);
  });
});

test("the server's name is put into the commands", () => {
  const check = clientChecks.find(({ id }) => id === "saved-credentials");
  if (!check) throw new Error("there is such a check");
  expect(forHost(check, "vm.example").commands).toEqual(["cmdkey /list:TERMSRV/vm.example"]);
  expect(forHost(check, null)).toBe(check);
});
