import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readCommandLine } from "../../sandbox/command-line.ts";

const healthy = ["--world", "sandbox/worlds/healthy.json"];

test("a world is enough", () => {
  expect(readCommandLine(healthy)).toMatchObject({
    kind: "serve",
    world: { name: "healthy" },
    port: 0,
    guest: "auto",
    verbose: false,
  });
});

test("port, guest and talk can be chosen", () => {
  expect(readCommandLine([...healthy, "--port", "8443", "--guest", "modelled", "--verbose"])).toMatchObject({
    port: 8443,
    guest: "modelled",
    verbose: true,
  });
  expect(readCommandLine(["--help"])).toEqual({ kind: "help" });
});

test.each([
  ["no world", [], /^Name a world file\.\n\nUsage:/],
  ["an unknown flag", ["--wrld", "x"], /--wrld[\s\S]*Usage:/],
  ["a stray word", [...healthy, "now"], /now[\s\S]*Usage:/],
  ["a port that is none", [...healthy, "--port", "high"], /^--port must be a number from 0 to 65535, not "high"/],
  ["a port that is too high", [...healthy, "--port", "65536"], /^--port/],
  ["a guest that is none", [...healthy, "--guest", "dos"], /^--guest must be auto, modelled or pwsh, not "dos"/],
  [
    "a world that is not there",
    ["--world", "none.json"],
    /^The world file none\.json cannot be used:\n {2}\(whole file\): cannot be read/,
  ],
])("%s is wrong usage", (_, flags, problem) => {
  expect(readCommandLine(flags)).toEqual({ kind: "refused", problem: expect.stringMatching(problem) });
});

test("a malformed world is refused with every place in the file", () => {
  const folder = mkdtempSync(join(tmpdir(), "world-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "world.json");
  writeFileSync(
    file,
    JSON.stringify({ name: "x", description: "x", vms: [{ name: "vm", powerState: "asleep" }], deny: 1 }),
  );
  expect(readCommandLine(["--world", file])).toEqual({
    kind: "refused",
    problem: expect.stringMatching(/ cannot be used:\n {2}vms\[0\]\.powerState: .*\n {2}deny: .*$/),
  });
});
