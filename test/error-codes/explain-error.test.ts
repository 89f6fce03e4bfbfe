import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explainError } from "../../lib/error-codes/explain-error.ts";
import { ErrorExplanation } from "../../lib/error-codes/explanation.ts";
import { codeLists } from "../../lib/error-codes/known-codes.ts";

function checksOf(text: string): string[] {
  return explainError(text).causes.flatMap(({ check }) => check ?? []);
}

function firstSide(text: string): string | undefined {
  return explainError(text).causes[0]?.side;
}

test("0x904 / 0x7: both names, what it proves and what it does not, and the listener's checks first", () => {
  const explained = explainError("0x904/0x7");
  expect(explained).toMatchObject({
    known: true,
    understood: "0x904/0x7",
    codes: [
      { hex: "0x904", list: "client", names: ["disconnectReasonAtClientWinsockFDCLOSE"] },
      {
        hex: "0x7",
        list: "extended",
        names: ["exDiscReasonServerDeniedConnection", "ERRINFO_SERVER_DENIED_CONNECTION"],
      },
    ],
    notUnderstood: [],
  });
  expect(explained.proves.join(" ")).toMatch(/TCP connection succeeded/);
  expect(explained.doesNotProve.join(" ")).toMatch(/not prove that the certificate is at fault/);
  expect(checksOf("0x904/0x7").slice(0, 3)).toEqual([
    "rdp-key-is-usable",
    "rdp-certificate-is-valid",
    "cipher-policy-suits-rdp",
  ]);
  expect(explained.causes.map(({ title }) => title).join(" ")).toMatch(/tunnel/);
  expect(explained.next.map(({ command }) => command)).toEqual(
    expect.arrayContaining(["diagnose VM --error 0x904/0x7", "probe HOST", "client-checks HOST"]),
  );
});

test("the extended code decides where it says more", () => {
  expect(firstSide("0x904 0x9")).toBe("log-on");
  expect(firstSide("0x3 0x101")).toBe("licence");
  expect(firstSide("0x3 0x11")).toBe("session");
  expect(explainError("0x904/0x0").proves[0]).toMatch(/Nothing says by whom/);
});

test.each([
  ["0x204", "path", "nsg-allows-rdp"],
  ["516", "path", "nsg-allows-rdp"],
  ["0x108", "path", "nsg-allows-rdp"],
  ["0x516", "path", "rdp-key-is-usable"],
  ["0x1b07", "tls", "rdp-certificate-is-valid"],
  ["event 226 0x8000FFFF", "tls", "rdp-key-is-usable"],
  ["An internal error has occurred", "tls", "rdp-key-is-usable"],
])("%s: %s first, and %s among the checks", (text, side, check) => {
  expect(firstSide(text)).toBe(side);
  expect(checksOf(text)).toContain(check);
});

test.each([
  ["519", "client"],
  ["2825", "client"],
  ["HYBRID_REQUIRED_BY_SERVER", "client"],
  ["0x807", "log-on"],
  ["0xb07", "log-on"],
  ["0xd07", "log-on"],
  ["0x104", "name-resolution"],
  ["0x3000008", "path"],
  ["0x300005f", "gateway"],
  ["0x80090302", "nla"],
  ["0x112f", "session"],
])("%s: %s first", (text, side) => {
  expect(firstSide(text)).toBe(side);
});

test("a client without NLA is told to change the client, not the VM", () => {
  const { causes, doesNotProve } = explainError("2825");
  expect(causes[0]?.look).toMatch(/Do not turn NLA off in the VM/);
  expect(doesNotProve.join(" ")).toMatch(/no reason to turn NLA off/);
});

describe("what is not certain says so", () => {
  test("a code that only people report is marked", () => {
    expect(explainError("0x207").codes[0]?.source).toMatchObject({ standing: "reported" });
    expect(explainError("0x904").codes[0]?.source).toMatchObject({ standing: "documented" });
  });

  test("an unknown code is no guess: named as not understood, and its family only as an inference", () => {
    expect(explainError("0x999")).toMatchObject({
      known: false,
      codes: [{ hex: "0x999", names: [], source: null }],
      notUnderstood: ["0x999 (no published disconnect reason)"],
      causes: [],
    });
    const related = explainError("0x607");
    expect(related).toMatchObject({ known: false, notUnderstood: ["0x607 (no published disconnect reason)"] });
    expect(related.doesNotProve.join(" ")).toMatch(/is an inference/);
    expect(explainError("0x300ffff").doesNotProve.join(" ")).toMatch(/is an inference/);
    // The event's number has no meaning that is published: the family would mislead.
    expect(explainError("event 1026 reason 263").causes).toEqual([]);
  });

  test("half a code says which half is missing", () => {
    expect(explainError("0x904").notes.join(" ")).toMatch(/Only the error code was given/);
    expect(explainError("Extended error code: 0x7").notes.join(" ")).toMatch(/Only an extended code was given/);
  });

  test("nothing understood: no causes, and the way to a diagnosis nevertheless", () => {
    const explained = explainError("banana");
    expect(explained).toMatchObject({ known: false, understood: "", codes: [], causes: [], notUnderstood: ["banana"] });
    expect(explained.next[0]?.command).toBe("diagnose VM");
  });
});

test("the short form is understood in the same way again", () => {
  const texts = [
    ...codeLists.client.map(({ code }) => `0x${code.toString(16)}`),
    ...codeLists.extended.map(({ code }) => `Extended error code: 0x${code.toString(16)}`),
    ...codeLists.result.map(({ code }) => `0x${code.toString(16)}`),
    ...codeLists.negotiation.flatMap(({ names }) => names),
    ...codeLists.event.map(({ code }) => `event ${code}`),
    "0x904/0x7",
    "event 226 0x8000ffff",
    "An internal error has occurred",
  ];
  for (const text of texts) {
    const { understood, codes, causes } = explainError(text);
    expect(understood).not.toBe("");
    expect(explainError(understood)).toMatchObject({ understood, codes, causes });
  }
});

test("every answer has the published shape, whatever is asked", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      ErrorExplanation.parse(explainError(text));
    }),
  );
});
