import { describe, expect, test } from "vitest";
import { createRedactor } from "../../lib/report/redact.ts";
import { supportBundle } from "../../lib/report/support-bundle.ts";
import { repairedRun } from "../cli/runs.ts";
import { readWorld, serveWorld, worldNames } from "../fixtures/sandbox-service.ts";

const files = [
  "case.md",
  "azure.json",
  "evidence.json",
  "network.json",
  "findings.json",
  "plan.json",
  "timeline.json",
  "request.json",
];

function textOf(bundle: readonly { path: string; text: string }[]): string {
  return bundle.map(({ text }) => text).join("\n");
}

describe("a support bundle", () => {
  test("holds the case, evidence, findings, plan, timeline, handshakes and Azure's states", () => {
    const bundle = supportBundle(repairedRun());
    expect(bundle.map(({ path }) => path)).toEqual(files);
    for (const { path, text } of bundle) if (path.endsWith(".json")) expect(() => JSON.parse(text)).not.toThrow();
    const text = bundle[0]?.text ?? "";
    for (const heading of ["For the case", "Azure", "Faults", "Handshakes", "Plan", "Changes", "Timeline"]) {
      expect(text).toContain(`## ${heading}`);
    }
  });

  test("names nobody and nothing, and keeps what support needs", () => {
    const run = repairedRun();
    const text = textOf(supportBundle(run));
    for (const secret of [run.vm.name, run.vm.resourceGroup, run.vm.subscriptionId, "kim", "VM-APP-01", "10.0.0.4"]) {
      expect(text, secret).not.toMatch(new RegExp(`(?<![\\w<-])${secret.replaceAll(".", "\\.")}(?![\\w>])`, "i"));
    }
    expect(text).toContain(run.id);
    expect(text).toContain("TLS 1.2");
  });

  test("keeps the names when they are asked for", () => {
    const run = repairedRun();
    expect(textOf(supportBundle(run, { redacts: false }))).toContain(run.vm.resourceGroup);
  });

  test.each(worldNames().filter((name) => name.startsWith("network-")))(
    "of the world %s holds no address and no id",
    async (name) => {
      const service = await serveWorld(readWorld(name), "modelled");
      try {
        const run = await service.run("diagnose");
        const text = textOf(supportBundle(run));
        const { id } = run;
        const ids = [...text.matchAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi)].map(([found]) => found);
        expect(ids.filter((found) => found !== id)).toEqual([]);
        const addresses = [...text.matchAll(/(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g)].map(([found]) => found);
        expect(addresses.filter((found) => !["0.0.0.0", "127.0.0.1", "168.63.129.16"].includes(found))).toEqual([]);
      } finally {
        await service.close();
      }
    },
  );
});

describe("redaction", () => {
  const redact = createRedactor([{ word: "vm", text: "vm-a" }], {
    id: "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-x/providers/Microsoft.Network/networkSecurityGroups/nsg-x",
  });

  test.each([
    ["vm-a and VM-A", "<vm-1> and <vm-1>"],
    ["vm-all stays", "vm-all stays"],
    ["nsg-x in rg-x", "<resource-1> in <resource-group-1>"],
    ["by kim@example.com", "by <account-1>"],
    ["S-1-5-21-1-2-3-500 beside S-1-5-32-544", "<sid-1> beside S-1-5-32-544"],
    ["from 203.0.113.7 to 203.0.113.7/32, not 127.0.0.1", "from <address-1> to <address-1>/32, not 127.0.0.1"],
    ["2001:db8::4 at 12:30:00", "<address-2> at 12:30:00"],
    ["CN=www.example.com, O=Example", "CN=<subject-1>, O=<subject-2>"],
    ["version 10.0.20348.2849", "version 10.0.20348.2849"],
    ["https://learn.microsoft.com/azure/virtual-machines", "https://learn.microsoft.com/azure/virtual-machines"],
  ])("of %s", (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  test("reaches keys and lists, and leaves what is no text", () => {
    expect(redact({ "vm-a": [1, true, null, { deep: "vm-a" }] })).toEqual({
      "<vm-1>": [1, true, null, { deep: "<vm-1>" }],
    });
  });

  test("is the same for the same text", () => {
    expect(redact("203.0.113.7 203.0.113.9 203.0.113.7")).toBe("<address-1> <address-3> <address-1>");
  });
});
