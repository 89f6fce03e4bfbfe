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
    const related = explainError("0x707");
    expect(related).toMatchObject({ known: false, notUnderstood: ["0x707 (no published disconnect reason)"] });
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

/** The whole sentences of dialogs, and the check that decides their first cause with one; `null`: the client's side. */
test.each([
  ["This computer can't connect to the remote computer. Try connecting again.", "rdp-is-enabled"],
  ["This computer can’t connect to the remote computer.", "rdp-is-enabled"],
  ["Remote Desktop can't connect to the remote computer for one of these reasons:", "nsg-allows-rdp"],
  ["The local policy of this system does not permit you to log on interactively.", "log-on-rights-allow-rdp"],
  ["To sign in remotely, you need the right to sign in through Remote Desktop Services.", "log-on-rights-allow-rdp"],
  ["The sign-in method you're trying to use isn't allowed.", "log-on-rights-allow-rdp"],
  ["The trust relationship between this workstation and the primary domain failed.", "domain-trust-is-intact"],
  ["There are currently no logon servers available to service the logon request.", "domain-trust-is-intact"],
  [
    "The system administrator has restricted the types of logon (network or interactive) that you may use.",
    "log-on-rights-allow-rdp",
  ],
  [
    "The number of connections to this computer is limited and all connections are in use right now.",
    "rdp-accepts-log-ons",
  ],
  ["The requested session access is denied.", "log-on-rights-allow-rdp"],
  ["Remote Desktop Services is currently busy.", "memory-is-left"],
  ["The terminal server is currently busy.", "memory-is-left"],
  [
    "The remote session was disconnected because there are no Remote Desktop client access licenses available for this computer.",
    "session-host-is-licensed",
  ],
  ["Select a user to disconnect so that you can sign in. Too many users are signed in.", "rdp-accepts-log-ons"],
  ["The User Profile Service failed the sign-in. User profile cannot be loaded.", "log-on-subsystem-is-intact"],
  ["Dieser Computer kann keine Verbindung mit dem Remotecomputer herstellen.", "rdp-is-enabled"],
  ["Ein interner Fehler ist aufgetreten.", "rdp-key-is-usable"],
  [
    "Die Vertrauensstellung zwischen dieser Arbeitsstation und der primären Domäne ist defekt.",
    "domain-trust-is-intact",
  ],
  [
    "Der Systemadministrator hat den Typ der Anmeldung (Netzwerk oder interaktiv) eingeschränkt, die Sie verwenden können.",
    "log-on-rights-allow-rdp",
  ],
  [
    "Die Verbindung wurde verweigert, da das Benutzerkonto nicht für die Remoteanmeldung autorisiert ist.",
    "log-on-rights-allow-rdp",
  ],
  ["Cet ordinateur ne peut pas se connecter à l’ordinateur distant.", "rdp-is-enabled"],
  ["Une erreur interne s'est produite.", "rdp-key-is-usable"],
  [
    "L’administrateur système a restreint le type d’ouverture de session (réseau ou interactif) que vous pouvez utiliser.",
    "log-on-rights-allow-rdp",
  ],
])("%s", (text, check) => {
  const explained = explainError(text);
  expect(explained).toMatchObject({ known: true, notUnderstood: [] });
  expect(explained.causes.flatMap((cause) => cause.check ?? [])[0]).toBe(check);
});

test("the German and the French sentence of refused credentials say what the English one says", () => {
  const [english, ...others] = [
    "Your credentials did not work",
    "Ihre Anmeldeinformationen funktionieren nicht",
    "Vos informations d'identification n'ont pas fonctionné",
  ].map((text) => explainError(text).proves);
  for (const other of others) expect(other).toEqual(english);
});

/** From include/freerdp/error.h: the class 2 in the upper half. */
test.each([
  ["ERRCONNECT_CONNECT_FAILED [0x00020006]", 0x20006, "path"],
  ["freerdp_set_last_error_ex ERRCONNECT_LOGON_FAILURE [0x00020014]", 0x20014, "log-on"],
  ["0x0002000D", 0x2000d, "tls"],
])("FreeRDP: %s", (text, value, side) => {
  const explained = explainError(text);
  expect(explained.codes).toMatchObject([{ value, list: "client", source: { standing: "documented" } }]);
  expect(explained.causes[0]?.side).toBe(side);
  expect(explained.notUnderstood).toEqual([]);
});

test.each(["4625 0xc000006d", "event 4625 0xC000006D", "4625 status 0xc000006d"])(
  "%s is an event with its status, and no extended code",
  (text) => {
    const explained = explainError(text);
    expect(explained.codes.map(({ list, value }) => [list, value])).toEqual([
      ["result", 0xc000006d],
      ["event", 4625],
    ]);
    expect(explained.causes[0]?.title).toMatch(/password/);
  },
);

test("0x607 is reported by people alone", () => {
  expect(explainError("0x607").codes[0]).toMatchObject({ source: { standing: "reported" } });
  expect(checksOf("0x607")[0]).toBe("rdp-certificate-is-valid");
});
