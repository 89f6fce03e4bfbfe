import { expect, test } from "vitest";
import { agentCertificateIsUsable } from "../../lib/checks/agent-certificate-is-usable.ts";
import type { ReadableGuest } from "../remediations/evidence-with.ts";
import { expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

type Certificates = ReadableGuest["agent"]["certificates"];

const works = { thumbprint: "A".repeat(40), usable: true };
const broken = { thumbprint: "B".repeat(40), usable: false };

function judgedWith(certificates: Certificates) {
  return judged(agentCertificateIsUsable, (guest) => {
    guest.agent.certificates = certificates;
  });
}

test("a certificate whose key signs is healthy, whatever became of an older one", () => {
  expectHealthy(judgedWith([works]), works.thumbprint);
  expectHealthy(judgedWith([broken, works]), works.thumbprint);
});

test("keys that do not open are for Azure to make anew, and no fault of Remote Desktop", () => {
  expectNoted(judgedWith([broken]), "Reapply the VM");
});

test("a VM that was never sent protected settings has none", () => {
  expect(judgedWith([])).toMatchObject({ verdict: "not-applicable" });
});

test("what could not be read is unknown", () => {
  expectUnknown(judgedWithout(agentCertificateIsUsable, ["agent"]), "agent");
});
