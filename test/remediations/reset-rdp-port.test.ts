import { describe, expect, test } from "vitest";
import type { RegistryData } from "../../lib/core/registry-value.ts";
import { resetRdpPort } from "../../lib/remediations/reset-rdp-port.ts";
import { dword, evidenceWith, forced, notForced, restart } from "./evidence-with.ts";

function planOf(data: RegistryData | null, options = notForced) {
  const evidence = evidenceWith((guest) => {
    guest.registry["rdp-tcp/PortNumber"] = data;
  });
  return resetRdpPort.plan(evidence, options);
}

describe("the port", () => {
  test.each([dword(0), dword(70000), { type: "string", data: "3390" } as const])("%o becomes 3389", (was) => {
    expect(planOf(was)).toEqual([
      { kind: "set-registry-value", value: "rdp-tcp/PortNumber", to: dword(3389), was },
      restart,
    ]);
  });

  test("absent or 3389 stays", () => {
    expect(planOf(null)).toEqual([]);
    expect(planOf(dword(3389))).toEqual([]);
  });

  test("another valid one is a choice, and is replaced only when that is forced", () => {
    expect(planOf(dword(3390))).toEqual([]);
    expect(planOf(dword(3390), forced)).toContainEqual(expect.objectContaining({ to: dword(3389), was: dword(3390) }));
  });

  test("another valid one that another process holds is no use", () => {
    const evidence = evidenceWith((guest) => {
      guest.registry["rdp-tcp/PortNumber"] = dword(443);
      guest.listener.port = 443;
      guest.listener.owner = { process: "System", services: [] };
    });
    expect(resetRdpPort.plan(evidence, notForced)).toContainEqual(expect.objectContaining({ to: dword(3389) }));
  });
});
