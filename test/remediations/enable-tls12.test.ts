import { expect, test } from "vitest";
import { enableTls12 } from "../../lib/remediations/enable-tls12.ts";
import { dword, evidenceWith, notForced, restart } from "./evidence-with.ts";

test("sets the values that are present and wrong", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["tls12-server/Enabled"] = dword(0);
    guest.registry["tls12-server/DisabledByDefault"] = dword(1);
  });
  expect(enableTls12.plan(evidence, notForced)).toEqual([
    { kind: "set-registry-value", value: "tls12-server/Enabled", to: dword(1), was: dword(0) },
    { kind: "set-registry-value", value: "tls12-server/DisabledByDefault", to: dword(0), was: dword(1) },
    restart,
  ]);
});

test("does not write a value that is absent", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["tls12-server/DisabledByDefault"] = dword(1);
  });
  expect(enableTls12.plan(evidence, notForced)).toEqual([
    { kind: "set-registry-value", value: "tls12-server/DisabledByDefault", to: dword(0), was: dword(1) },
    restart,
  ]);
});

test("takes any number but zero for enabled, as Windows does", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["tls12-server/Enabled"] = dword(0xffffffff);
    guest.registry["tls12-server/DisabledByDefault"] = dword(0);
  });
  expect(enableTls12.plan(evidence, notForced)).toEqual([]);
});

test("leaves a value that is no number, which Windows does not read", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["tls12-server/Enabled"] = { type: "string", data: "0" };
  });
  expect(enableTls12.plan(evidence, notForced)).toEqual([]);
});
