import { expect, test } from "vitest";
import { supportingServicesCanStart } from "../../lib/checks/supporting-services-can-start.ts";
import type { SupportingServiceName } from "../../lib/core/supporting-services.ts";
import type { ReadableGuest } from "../remediations/evidence-with.ts";
import {
  expectFaulty,
  expectHealthy,
  expectNoted,
  expectUnknown,
  judged,
  judgedBroken,
  judgedWithout,
} from "./judged.ts";

const check = supportingServicesCanStart;
type State = "Running" | "Stopped";

function disabled(name: SupportingServiceName, state: State, more: (guest: ReadableGuest) => void = () => {}) {
  return (guest: ReadableGuest) => {
    guest.supportingServices.disabled.push({ name, state, account: "LocalSystem", type: "share" });
    more(guest);
  };
}

test("nothing disabled is healthy, and what could not be read is unknown", () => {
  expectHealthy(judged(check));
  expectUnknown(judgedWithout(check, ["supportingServices"]), "supportingServices");
});

test.each(["CryptSvc", "KeyIso"] as const)(
  "%s is a fault with a remedy beside a failed handshake, and else noted",
  (name) => {
    expectFaulty(judgedBroken(check, disabled(name, "Stopped")), ["enable-crypto-services"], name);
    expectNoted(judged(check, disabled(name, "Stopped")), "Remote Desktop works nevertheless");
  },
);

test("a service of the network is a fault when it stands still, with the exact command, and noted while it runs", () => {
  expectFaulty(judged(check, disabled("nsi", "Stopped")), [], "sc.exe config nsi start= auto && sc.exe start nsi");
  expectNoted(judged(check, disabled("nsi", "Running")), "after its next start");
});

test("without adapters of DHCP the DHCP client is a choice", () => {
  expectFaulty(judged(check, disabled("Dhcp", "Stopped")), [], "lease");
  const fixed = disabled("Dhcp", "Stopped", (guest) => {
    guest.guestNetwork.inOrder = 0;
  });
  expectNoted(judged(check, fixed), "no adapter uses DHCP");
});

test("LanmanWorkstation is a fault for a stopped one of a member of a domain alone", () => {
  const member = (guest: ReadableGuest) => {
    guest.system.domainJoined = true;
  };
  expectFaulty(judged(check, disabled("LanmanWorkstation", "Stopped", member)), [], "local account");
  expectNoted(judged(check, disabled("LanmanWorkstation", "Running", member)));
  expectNoted(judged(check, disabled("LanmanWorkstation", "Stopped")), "Only members of a domain");
});

test("a service without which nobody logs on is a fault when it stands still, though the handshake completes", () => {
  expectFaulty(judged(check, disabled("ProfSvc", "Stopped")), [], "sc.exe config ProfSvc start= auto");
  expectNoted(judged(check, disabled("ProfSvc", "Running")), "after its next start");
});

test.each(["gpsvc", "SENS"] as const)("without %s administrators get in, and others may not", (name) => {
  expectNoted(judged(check, disabled(name, "Stopped")), "no administrators may be refused");
});

test("RPC can only be set back by the registry, before the next start", () => {
  expectNoted(judged(check, disabled("RpcSs", "Running")), "reg add");
});

test("what Remote Desktop does not need is noted, several in one sentence, and so is a service that is missing", () => {
  expectNoted(judged(check, disabled("CertPropSvc", "Stopped")), "does not need it");
  const both = (guest: ReadableGuest) => {
    disabled("NlaSvc", "Stopped")(guest);
    disabled("Dnscache", "Stopped")(guest);
  };
  const { because } = judged(check, both);
  expect(because).toContain("NlaSvc");
  expect(because).toContain("Dnscache");
  expectNoted(
    judged(check, (guest) => {
      guest.supportingServices.missingServices = ["CryptSvc"];
    }),
    "no service CryptSvc",
  );
});
