import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanErrorText, longestErrorText, readError } from "../../lib/error-codes/read-error.ts";

const pair = { code: 0x904, extended: 0x7, notUnderstood: [] };

describe("a pair in every usual form", () => {
  test.each([
    "0x904/0x7",
    "0x904 / 0x7",
    "0x904 0x7",
    "0X904,0X7",
    "904 7",
    "904/7",
    "2308 7",
    "2308/7",
    "0x00000904 0x00000007",
    "Error code: 0x904 Extended error code: 0x7",
    "error code 0x904, extended error code 0x7.",
    "Error code: 0x904\r\nExtended error code: 0x7\r\nTimestamp (UTC): 11/29/26 10:53:14 AM\r\nActivity ID: {e1c08c6b-b08c-4c30-8d66-c7c1a2c90000}",
    "Extended error code: 0x7, error code: 0x904",
    "I see code 0x904 with extended code 0x7 on 20.50.60.70:3389",
    "disconnectReasonAtClientWinsockFDCLOSE exDiscReasonServerDeniedConnection",
    "DISCONNECTREASONATCLIENTWINSOCKFDCLOSE ERRINFO_SERVER_DENIED_CONNECTION",
  ])("%j", (text) => {
    expect(readError(text)).toMatchObject(pair);
  });

  test.each([
    "Error code: Ox904 Extended errar code: 0x7",
    "Err0r c0de: 0x9O4 Extcnded error cade: Ox7",
    "ErrOr code: OX9O4 Extonded errcr code: 0x7",
  ])("with the mistakes of a scan: %j", (text) => {
    const read = readError(text);
    expect(read).toMatchObject(pair);
    expect(read.notes.length).toBeGreaterThan(0);
  });
});

test.each([
  ["CredSSP encryption orcale remediation", "credssp-update"],
  ["An intrenal eror has occured", "internal"],
  ["An lnternal error has 0ccurred", "internal"],
])("a sentence with mistakes of scans and of people: %j", (text, topic) => {
  expect(readError(text).texts.map((one) => one.topic)).toContain(topic);
});

describe("digits without a prefix", () => {
  test.each([
    // Known in one base alone.
    ["2308", 0x904, 0],
    ["2825", 0xb09, 0],
    ["519", 0x207, 0],
    ["2055", 0x807, 0],
    ["3078", 0xc06, 0],
    ["904", 0x904, 1],
    ["607", 0x607, 1],
    ["b07", 0xb07, 0],
    // Known in both: decimal, and a note says what the other would be.
    ["516", 0x204, 1],
    // Digits below ten are the same in both.
    ["3", 3, 0],
  ])("%s is %d", (text, code, notes) => {
    expect(readError(text)).toMatchObject({ code, extended: null });
    expect(readError(text).notes).toHaveLength(notes);
  });

  test("the second number has the base of the first", () => {
    expect(readError("904 10")).toMatchObject({ code: 0x904, extended: 0x10 });
    expect(readError("2308 10")).toMatchObject({ code: 0x904, extended: 10 });
    expect(readError("0x904 10")).toMatchObject({ code: 0x904, extended: 0x10 });
  });
});

describe("half a code and codes of another kind", () => {
  test.each([
    ["Extended error code: 0x7", { code: null, extended: 7 }],
    ["ext 0x7", { code: null, extended: 7 }],
    ["0x7", { code: null, extended: 7 }],
    ["0x904", { code: 0x904, extended: null }],
    [
      "Because of a protocol error (code: 0x112f), the remote session will be disconnected.",
      { code: null, extended: 0x112f },
    ],
    ["0x1104", { code: null, extended: 0x1104 }],
    ["0x300005f", { code: 0x300005f, extended: null }],
    ["50331656", { code: 0x3000008, extended: null }],
    ["An authentication error has occurred (Code: 0x80090302)", { code: null, results: [0x80090302] }],
    ["-2147418113", { code: null, results: [0x8000ffff] }],
    ["8000FFFF", { code: null, results: [0x8000ffff] }],
    ["HYBRID_REQUIRED_BY_SERVER", { code: null, negotiation: [5] }],
    ["SSL_ERR_LOGON_FAILURE", { code: 0x807 }],
    ["SEC_E_TIME_SKEW", { results: [0x80090324] }],
    ["ERRINFO_LICENSE_NO_LICENSE", { extended: 0x102 }],
    ["0x0 0x0 (Code: 0x80080005)", { code: 0, extended: 0, results: [0x80080005] }],
  ])("%j", (text, read) => {
    expect(readError(text)).toMatchObject(read);
  });

  test("events of the client, with the code or the result that follows", () => {
    expect(readError("event 226 0x8000FFFF")).toMatchObject({ event: 226, code: null, results: [0x8000ffff] });
    expect(readError("226 0x8000FFFF")).toMatchObject({ event: 226, code: null });
    expect(readError("Event ID: 1026, Reason= 2308")).toMatchObject({ event: 1026, code: 0x904 });
    expect(readError("Event ID: 1026, Reason= 263")).toMatchObject({ event: 1026, code: 263, extended: null });
    expect(readError("event id 1105")).toMatchObject({ event: 1105, code: null });
    const text =
      "RDPClient_SSL: An error was encountered when transitioning from TsSslStateHandshakeInProgress to TsSslStateDisconnecting in response to TsSslEventHandshakeContinueFailed (error code 0x80004005).";
    expect(readError(text)).toMatchObject({ code: null, results: [0x80004005] });
  });
});

describe("sentences of a dialog", () => {
  test.each([
    ["An internal error has occurred.", "internal"],
    ["An intemal err0r has occured", "internal"],
    [
      "An authentication error has occurred. The function requested is not supported. This could be due to CredSSP encryption oracle remediation. https://go.microsoft.com/fwlink/?linkid=866660",
      "credssp-update",
    ],
    ["The Local Security Authority cannot be contacted", "no-authority"],
    ["The remote computer requires Network Level Authentication, which your computer does not support.", "nla-client"],
    ["The connection was denied because the user account is not authorized for remote login.", "log-on-right"],
    ["To sign in remotely, you need the right to sign in through Remote Desktop Services.", "log-on-right"],
    ["Your credentials did not work", "password"],
    ["The logon attempt failed", "password"],
    ["There are no Remote Desktop License Servers available to provide a license.", "licence"],
    [
      "1) Remote access to the server is not enabled 2) The remote computer is turned off 3) The remote computer is not available on the network",
      "no-connection",
    ],
    ["This computer can't verify the identity of the RD Gateway.", "gateway-certificate"],
  ])("%j", (text, topic) => {
    const read = readError(text);
    expect(read.texts.map((one) => one.topic)).toContain(topic);
    expect(read).toMatchObject({ code: null, extended: null, results: [] });
  });

  test("numbers in prose are no codes", () => {
    const read = readError("I tried it 3 times with 2 monitors and waited 20 minutes at port 3389 without any luck");
    expect(read).toMatchObject({ code: null, extended: null, event: null });
    expect(read.notUnderstood).toEqual(["3", "2", "20", "3389"]);
  });
});

describe("what cannot be understood is named", () => {
  test.each([
    ["banana", ["banana"]],
    ["0xZZ", ["0xZZ"]],
    ["0x", ["0x"]],
    ["0x904/0x", ["0x"]],
    ["0x123456789", ["0x123456789"]],
    ["0x904 0x7 0x9", ["0x9"]],
  ])("%j", (text, rest) => {
    expect(readError(text).notUnderstood).toEqual(rest);
  });
});

describe("hostile input", () => {
  test("control and direction marks are removed, and the length is limited", () => {
    expect(cleanErrorText("\u001b[31m0x904\u0000\u202e/0x7\r\n\t ")).toBe("[31m0x904 /0x7");
    expect(cleanErrorText("a".repeat(100_000))).toHaveLength(longestErrorText);
  });

  test("any text is read, quickly and without an exception", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 3000 }), fc.string({ maxLength: 3000 })), (text) => {
        const { code, extended, results, event } = readError(text);
        for (const number of [code ?? 0, extended ?? 0, event ?? 0, ...results]) {
          expect(Number.isInteger(number) && number >= 0 && number <= 0xffffffff).toBe(true);
        }
      }),
    );
  });
});
