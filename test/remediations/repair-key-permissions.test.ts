import { describe, expect, test } from "vitest";
import { repairKeyPermissions } from "../../lib/remediations/repair-key-permissions.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import {
  evidenceWith,
  folder,
  forced,
  inUse,
  notForced,
  type ReadableGuest,
  rdpKey,
  restart,
} from "./evidence-with.ts";

const sessionEnv = "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833";

function planned(edit: (guest: ReadableGuest) => void, options = notForced) {
  return repairKeyPermissions.plan(evidenceWith(edit), options);
}

function grant(target: string, was: string, to: string, owner = "S-1-5-18") {
  return { kind: "grant-key-access", target, to: { owner, sddl: to }, was: { owner, sddl: was } };
}

describe("the RDP key", () => {
  test.each([
    [
      "NETWORK SERVICE gets its entry; what else is there stays",
      20348,
      `D:PAI(A;;FA;;;SY)(A;;FA;;;${sessionEnv})(A;;FR;;;BA)`,
      `D:PAI(A;;FA;;;SY)(A;;FA;;;${sessionEnv})(A;;FR;;;BA)(A;;FR;;;NS)`,
    ],
    [
      "beside it, what this build gives: SessionEnv from Server 2019 on",
      17763,
      "D:PAI(A;;FA;;;SY)",
      `D:PAI(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;${sessionEnv})`,
    ],
    [
      "and before that, Administrators who read",
      14393,
      "D:PAI(A;;FA;;;SY)",
      "D:PAI(A;;FA;;;SY)(A;;FR;;;NS)(A;;FR;;;BA)",
    ],
    [
      "a deny in the way goes, one for somebody else stays",
      20348,
      `D:PAI(D;;FR;;;NS)(D;;FR;;;BG)(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;${sessionEnv})`,
      `D:PAI(D;;FR;;;BG)(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;${sessionEnv})`,
    ],
    [
      "a deny with a condition counts as one",
      20348,
      `D:PAI(XD;;FR;;;NS;(Exists a))(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;${sessionEnv})`,
      `D:PAI(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;${sessionEnv})`,
    ],
    [
      "new entries stand before inherited ones",
      20348,
      "D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)",
      `D:AI(A;;FR;;;NS)(A;;FA;;;${sessionEnv})(A;ID;FA;;;SY)(A;ID;FA;;;BA)`,
    ],
  ])("%s", (_, build, was, to) => {
    const changes = planned((guest) => {
      guest.system.build = build;
      rdpKey(guest).sddl = was;
    });
    expect(changes).toEqual([grant("rdp-key", was, to), restart]);
  });

  test("of an unknown build gets what all builds share", () => {
    const evidence = evidenceWith((guest) => Object.assign(rdpKey(guest), { sddl: "D:PAI(A;;FA;;;BA)" }));
    const guest = { ...(evidence.guest as ReadableGuest), system: { unreadable: "It did not fit." } };
    expect(repairKeyPermissions.plan({ ...evidence, guest }, notForced)).toEqual([
      grant("rdp-key", "D:PAI(A;;FA;;;BA)", "D:PAI(A;;FA;;;BA)(A;;FA;;;SY)(A;;FR;;;NS)"),
      restart,
    ]);
  });

  test("is left when no certificate in use leans on it", () => {
    const changes = planned((guest) => {
      rdpKey(guest).sddl = "D:PAI(A;;FA;;;BA)";
      Object.assign(inUse(guest).key, { file: "0123_other", container: null });
    });
    expect(changes).toEqual([]);
  });

  test("is opened for the certificate that replaces one which leans on another key and is over", () => {
    const was = "D:PAI(A;;FA;;;BA)";
    const changes = planned((guest) => {
      rdpKey(guest).sddl = was;
      Object.assign(inUse(guest), { notAfter: fixtureTime });
      Object.assign(inUse(guest).key, { file: null, container: null });
    });
    expect(changes).toEqual([grant("rdp-key", was, `${was}(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;${sessionEnv})`), restart]);
  });

  test("gets SessionEnv's access back where the certificate is over and nobody may renew it", () => {
    const was = "D:PAI(A;;FR;;;SY)(A;;FR;;;NS)";
    const isOver = (guest: ReadableGuest) => Object.assign(inUse(guest), { notAfter: fixtureTime });
    const changes = planned((guest) => {
      rdpKey(guest).sddl = was;
      isOver(guest);
    });
    expect(changes).toEqual([
      grant("rdp-key", was, `D:PAI(A;;FR;;;SY)(A;;FR;;;NS)(A;;FA;;;SY)(A;;FA;;;${sessionEnv})`),
      restart,
    ]);
    expect(planned((guest) => Object.assign(rdpKey(guest), { sddl: was }))).toEqual([]);
  });
});

describe("the folder", () => {
  const hardened = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

  test("is left as somebody hardened it while the key in it serves", () => {
    expect(planned((guest) => Object.assign(folder(guest), { sddl: hardened }))).toEqual([]);
  });

  test("is opened beside a key that does not serve, or when that is forced", () => {
    const opened = grant("machine-keys-folder", hardened, `${hardened}(A;;0x12019f;;;WD)`);
    const close = (guest: ReadableGuest) => Object.assign(folder(guest), { sddl: hardened });
    const broken = planned((guest) => {
      close(guest);
      Object.assign(inUse(guest).key, { usable: false, code: "0x80090016" });
    });
    expect(broken).toEqual([opened, restart]);
    expect(planned(close, forced)).toEqual([opened, restart]);
  });
});

describe("a certificate that somebody chose", () => {
  const path = "C:\\ProgramData\\Microsoft\\Crypto\\Keys\\a1b2_c3d4";

  function chosen(sddl: string, reparsePoint = false) {
    return (guest: ReadableGuest) => {
      Object.assign(inUse(guest), { store: "My", selfSigned: false });
      guest.certificate.origin = "custom";
      guest.certificate.keyFile = { path, owner: "S-1-5-32-544", sddl, reparsePoint };
      // The RDP key itself is nobody's concern then.
      rdpKey(guest).sddl = "D:PAI(A;;FA;;;BA)";
    };
  }

  test("gets one entry on its own key file", () => {
    const was = "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)";
    const to = `${was}(A;;FR;;;NS)`;
    expect(planned(chosen(was))).toEqual([grant("certificate-key", was, to, "S-1-5-32-544"), restart]);
  });

  test("is left where NETWORK SERVICE may read its key, and where that is a link", () => {
    expect(planned(chosen("D:PAI(A;;FA;;;SY)(A;;FR;;;NS)"))).toEqual([]);
    expect(planned(chosen("D:PAI(A;;FA;;;SY)", true))).toEqual([]);
  });
});

test("a descriptor that gives everybody what they need is left as it is", () => {
  const changes = planned((guest) => {
    folder(guest).sddl = "D:PAI(A;OICI;FA;;;SY)(A;;FA;;;BA)(A;;0x12019f;;;WD)";
    rdpKey(guest).sddl = "D:AI(A;;FA;;;SY)(A;;0x20089;;;NS)(A;;0x100000;;;NS)(A;ID;FA;;;BA)";
  });
  expect(changes).toEqual([]);
});

test("refuses to follow a link", () => {
  const changes = planned((guest) => {
    Object.assign(folder(guest), { reparsePoint: true });
    rdpKey(guest).sddl = "D:PAI(A;;FA;;;BA)";
  });
  expect(changes).toEqual({ refused: expect.stringContaining("link") });
});
