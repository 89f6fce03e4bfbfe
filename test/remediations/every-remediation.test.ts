import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Change, changeOrder, changeTarget, isAllowed, isCryptoService } from "../../lib/core/change.ts";
import type { Evidence } from "../../lib/core/evidence.ts";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import { heldBy } from "../../lib/core/log-on.ts";
import { isRefusal, type Touch } from "../../lib/core/remediation.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";
import { anyEvidence } from "./any-evidence.ts";
import { evidenceAfter } from "./evidence-after.ts";
import { notForced } from "./evidence-with.ts";

const options = fc.record({ force: fc.boolean(), weakenMinutes: fc.integer({ min: 1, max: 1440 }) });

test("each file of the folder is a remediation of the same id", () => {
  const files = readdirSync("lib/remediations").filter((file) => !file.startsWith("_") && file !== "registry.ts");
  expect(remediations.map(({ id }) => `${id}.ts`)).toEqual(files.sort());
});

for (const remediation of remediations) {
  const planOf = (evidence: Evidence, force = false, weakenMinutes = 60) => {
    const planned = remediation.plan(evidence, { force, weakenMinutes });
    return isRefusal(planned) ? [] : planned;
  };
  const weakens = remediation.risk === "weakens-security";
  /** A test of what this remediation is not is no test of it, and none that is skipped either. */
  const when = (applies: boolean) => (name: string, body: () => void) => {
    if (applies) test(name, body);
  };
  const [forWeakening, forOthers] = [when(weakens), when(!weakens)];
  const forLockingOut = when(remediation.risk === "may-lock-out");

  describe(remediation.id, () => {
    forOthers("changes nothing in a VM that is well", () => {
      expect(remediation.plan(healthyEvidence(), notForced)).toEqual([]);
    });

    forWeakening("restores no check, so that it is planned only when it is named", () => {
      expect(remediation.restores).toEqual([]);
    });

    forWeakening("weakens only what the VM will restore by itself, and not without a deadline", () => {
      fc.assert(
        fc.property(anyEvidence, options, (evidence, { force, weakenMinutes }) => {
          for (const change of planOf(evidence, force, weakenMinutes)) {
            if (change.kind === "restart-rdp-services") continue;
            expect(change).toMatchObject({ kind: "weaken-registry-value", minutes: weakenMinutes });
          }
          const withoutDeadline = remediation.plan(evidence, { force });
          expect(isRefusal(withoutDeadline) ? [] : withoutDeadline).toEqual([]);
        }),
      );
    });

    test("refuses, whatever the force, when there was no way to look inside", () => {
      const refused = { refused: expect.stringMatching(/\.$/) };
      expect(remediation.plan({ ...healthyEvidence(), guest: null }, { force: true })).toEqual(refused);
    });

    test("plans only changes that the guest has room for, each target once, in the order of work", () => {
      fc.assert(
        fc.property(anyEvidence, options, (evidence, { force }) => {
          const changes = planOf(evidence, force);
          for (const change of changes) {
            expect(Change.parse(change)).toEqual(change);
            expect(isAllowed(change)).toBe(true);
          }
          expect(new Set(changes.map(changeTarget)).size).toBe(changes.length);
          expect(changes.map(({ kind }) => changeOrder.indexOf(kind))).toEqual(
            changes.map(({ kind }) => changeOrder.indexOf(kind)).sort((one, other) => one - other),
          );
        }),
      );
    });

    test("touches nothing beyond what it declares", () => {
      fc.assert(
        fc.property(anyEvidence, options, (evidence, { force }) => {
          for (const change of planOf(evidence, force)) expect(remediation.touches.some(covers(change))).toBe(true);
        }),
      );
    });

    test("takes every `was` from the evidence", () => {
      fc.assert(
        fc.property(anyEvidence, options, (evidence, { force }) => {
          for (const change of planOf(evidence, force)) expect(change.was).toEqual(seen(change, evidence));
        }),
      );
    });

    forOthers("never weakens the VM", () => {
      fc.assert(
        fc.property(anyEvidence, options, (evidence, { force }) => {
          for (const change of planOf(evidence, force)) expectNotWeaker(change);
        }),
      );
    });

    test("finds nothing left to do after its own work", () => {
      fc.assert(
        fc.property(anyEvidence, (evidence) => {
          const changes = planOf(evidence);
          fc.pre(changes.length > 0);
          expect(planOf(evidenceAfter(evidence, changes))).toEqual([]);
        }),
      );
    });

    forLockingOut("is done by name alone, with a warning whom it may shut out", () => {
      expect(remediation.onlyByName).toBe(true);
      expect(remediation.warning).toMatch(/^It (shuts out|decides who may log on) .*\.$/);
    });

    test("restarts the services when, and only when, it says so, and that is no low risk", () => {
      const restarts = remediation.touches.some(({ kind }) => kind === "restart-rdp-services");
      if (restarts) expect(remediation.risk).not.toBe("low");
      fc.assert(
        fc.property(anyEvidence, options, (evidence, { force }) => {
          const changes = planOf(evidence, force);
          const restarted = changes.some(({ kind }) => kind === "restart-rdp-services");
          expect(restarted).toBe(changes.length > 0 && restarts);
        }),
      );
    });

    test("says why it refuses in whole sentences", () => {
      fc.assert(
        fc.property(anyEvidence, options, (evidence, asked) => {
          const planned = remediation.plan(evidence, asked);
          if (isRefusal(planned)) expect(planned.refused).toMatch(/^[A-Z0-9].*\.$/);
        }),
      );
    });
  });
}

/** What the evidence shows about the target of a change, looked up without the remediation's own code. */
function seen(change: Change, { guest }: Evidence): unknown {
  if (!guest) throw new Error("A change was planned for a VM that nobody looked into.");
  const { registry, keys, certificate, services, firewall, supportingServices, rights } = guest;
  switch (change.kind) {
    case "set-registry-value":
    case "remove-registry-value":
    case "weaken-registry-value":
      return isUnreadable(registry) ? registry : registry[change.value];
    case "grant-key-access": {
      const chosen = isUnreadable(certificate) ? null : certificate.keyFile;
      const { rdpKey = null, folder = null } = isUnreadable(keys) ? {} : keys;
      const file = { "rdp-key": rdpKey, "machine-keys-folder": folder, "certificate-key": chosen }[change.target];
      return { owner: file?.owner, sddl: file?.sddl };
    }
    case "rename-rdp-key":
      return isUnreadable(keys) ? keys : { name: keys.rdpKey?.name, bytes: keys.rdpKey?.bytes };
    case "rename-machine-keys-folder":
      return isUnreadable(keys) ? keys : { count: keys.others.count, digest: keys.others.digest };
    case "remove-rdp-certificate": {
      const all = isUnreadable(certificate) ? [] : [certificate.inUse, ...certificate.others];
      const found = all.find((one) => one?.thumbprint === change.thumbprint);
      expect(found).toMatchObject({ store: "Remote Desktop", selfSigned: true });
      return { notAfter: found?.notAfter };
    }
    case "restart-rdp-services":
      return isUnreadable(services) ? services : { TermService: services.TermService?.state };
    case "configure-service": {
      if (isCryptoService(change.service)) {
        const found = isUnreadable(supportingServices) ? [] : supportingServices.disabled;
        const facts = found.find(({ name }) => name === change.service);
        return { account: facts?.account, startMode: "Disabled", type: facts?.type };
      }
      const facts = isUnreadable(services) ? null : services[change.service];
      return { account: facts?.account, startMode: facts?.startMode, type: facts?.type };
    }
    case "set-log-on-right":
      return !isUnreadable(rights) && heldBy(rights, change.right).split(" ").includes(change.account);
    case "enable-firewall-group":
      return isUnreadable(firewall)
        ? firewall
        : { disabled: firewall.rules.filter(({ group, enabled }) => group && !enabled).map(({ name }) => name) };
    case "set-firewall-inbound": {
      const profiles = isUnreadable(firewall) ? [] : firewall.profiles;
      return profiles.find(({ name }) => name === change.profile)?.blockAll ? "block-all" : "block";
    }
  }
}

function expectNotWeaker(change: Change): void {
  expect(change.kind).not.toBe("weaken-registry-value");
  if (change.kind === "set-firewall-inbound") expect(change.to).toBe("block");
  // Without the binding to a certificate that is gone, TLS goes on with the certificate of Windows.
  const removable = ["cipher-policy/Functions", "rdp-tcp/SSLCertificateSHA1Hash"];
  if (change.kind === "remove-registry-value") expect(removable).toContain(change.value);
  if (change.kind !== "set-registry-value") return;
  const { value, to } = change;
  // The only policy that is ever written opens what it shut, in a VM that is in no domain.
  if (value === "policy/fDenyTSConnections") expect(to.data).toBe(0);
  else expect(value).not.toMatch(/^(policy|fips|cipher-policy)\//);
  if (value === "rdp-tcp/SecurityLayer") {
    expect(to.data).toBe(2);
  }
  if (value === "rdp-tcp/UserAuthentication") expect(to.data).toBe(1);
  if (value === "rdp-tcp/MinEncryptionLevel") expect(to.data).toBeGreaterThanOrEqual(2);
}

function covers(change: Change): (touch: Touch) => boolean {
  return (touch) => {
    if (touch.kind !== change.kind) return false;
    return !("values" in touch) || ("value" in change && touch.values.includes(change.value));
  };
}
