import { describe, expect, test } from "vitest";
import { readArguments } from "../../cli/arguments.ts";
import { explainError } from "../../lib/error-codes/explain-error.ts";
import { ErrorExplanation } from "../../lib/error-codes/explanation.ts";
import { codeLists } from "../../lib/error-codes/known-codes.ts";
import { call } from "./call.ts";

function typed(...args: string[]) {
  return call(["explain", ...args], { environment: {} });
}

test("two codes as two arguments: the names, the checks, and the commands that exist", async () => {
  const { code, said, err } = await typed("0x904", "0x7");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(said).toMatch(/0x904 \(2308\) disconnectReasonAtClientWinsockFDCLOSE: the socket was closed/);
  expect(said).toMatch(/exDiscReasonServerDeniedConnection/);
  expect(said).toMatch(/check rdp-key-is-usable/);
  expect(said).toMatch(/rdp diagnose VM --error 0x904\/0x7/);
});

test("the text of a dialog as many arguments or as one", async () => {
  for (const args of [["An", "internal", "error", "has", "occurred."], ["An internal error has occurred."]]) {
    const { code, said } = await typed(...args);
    expect(code).toBe(0);
    expect(said).toMatch(/The dialog says: an internal error/);
  }
});

test("with --json one document of the published shape", async () => {
  const { out } = await typed("0x904/0x7", "--json");
  expect(ErrorExplanation.parse(JSON.parse(out)).understood).toBe("0x904/0x7");
});

test.each([[["-2146893054"]], [["226", "-2146893054", "--json"]], [["--", "-2146893054"]]])(
  "a signed HRESULT is a code and no flag (%j)",
  async (args) => {
    const { code, out, err } = await typed(...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/SEC_E_UNSUPPORTED_FUNCTION/);
  },
);

test("a flag that does not exist stays an error", async () => {
  expect((await typed("-x")).code).toBe(2);
});

test("an undocumented code whose form tells causes is exit code 0", async () => {
  const { code, said } = await typed("0x707");
  expect(said).toMatch(/not documented/);
  expect(code).toBe(0);
});

test("an unknown code is exit code 1, and is named", async () => {
  const { code, said } = await typed("0x999");
  expect(code).toBe(1);
  expect(said).toMatch(/Not understood: 0x999/);
});

test.each([[[]], [["\u0007 \u001b"]]])("nothing to explain (%j) is exit code 2", async (args) => {
  const { code, said } = await typed(...args);
  expect(code).toBe(2);
  expect(said).toMatch(/Which error\?/);
});

test("control characters of the input do not reach the terminal", async () => {
  const { out } = await typed("\u001b]0;owned\u0007 \u202ebanana");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
});

test("every known code is shown within 80 columns, but for addresses of pages", async () => {
  for (const { code } of codeLists.client) {
    const { out } = await typed(`0x${code.toString(16)}`);
    expect(out.split("\n").filter((line) => line.length > 80 && !line.includes("https://"))).toEqual([]);
  }
});

test("every next command is one that this program takes", async () => {
  const errors = ["0x904/0x7", "0x204", "2825", "0x300000c", "0x3000008", "0x112f", "event 226 0x8000ffff", "banana"];
  const commands = new Set(errors.flatMap((error) => explainError(error).next.map(({ command }) => command)));
  expect(commands.size).toBeGreaterThan(8);
  for (const command of commands) {
    const given = command.replace("ADDRESS", "203.0.113.7").match(/"[^"]*"|\S+/g) ?? [];
    const read = await readArguments(given.map((word) => word.replaceAll('"', "")));
    expect(read).toMatchObject({
      ok: true,
      value: { kind: "command", operand: expect.stringMatching(/^(VM|HOST|GATEWAY)$/) },
    });
  }
});

describe("--error", () => {
  test("a diagnosis words its outcome by it, and repeats it in the next command", async () => {
    const { said } = await call(
      [
        "diagnose",
        "--sandbox",
        "renew-rdp-certificate",
        "--guest",
        "modelled",
        "--error",
        "Error code: 0x904\nExtended error code: 0x7",
      ],
      { environment: {} },
    );
    expect(said).toMatch(/You saw 0x904\/0x7 .*it fits the faults? of/);
    expect(said).toMatch(/repair --sandbox renew-rdp-certificate --error 0x904\/0x7/);
  });

  test.each(["diagnose", "repair", "network"])("%s takes it", async (command) => {
    const { code, said } = await call([command, "--sandbox", "healthy", "--guest", "modelled", "--error", "\u0000"], {
      environment: {},
    });
    expect(code).toBe(2);
    expect(said).toMatch(/--error .* cannot be used: it must not be empty/);
  });
});
