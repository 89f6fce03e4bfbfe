import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { ScanRow } from "../../lib/scan/scan-row.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { readWorld } from "../fixtures/sandbox-service.ts";
import { call } from "./call.ts";

let sandbox: Sandbox;
let folder: string;
let environment: Record<string, string>;
beforeAll(async () => {
  sandbox = await startSandbox({ world: readWorld("fleet-with-lockouts"), guest: "modelled" });
  setDefaultCACertificates([...getCACertificates("default"), sandbox.caPem]);
  Object.assign(process.env, sandbox.env);
  folder = mkdtempSync(join(tmpdir(), "scan-"));
  environment = {
    ...sandbox.env,
    RDP_REMEDIATION_CREDENTIAL: "managed-identity",
    RDP_REMEDIATION_DATABASE: join(folder, "runs.sqlite"),
  };
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

const subscription = "/subscriptions/00000000-0000-4000-8000-000000000001";
const all = ["--scope", subscription];
const vmId = (name: string) =>
  `${subscription}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/${name}`;
const Scan = z.object({ days: z.number(), operation: z.guid(), value: z.array(ScanRow) });

test("tells of each VM of a fleet what will lock people out, the soonest first, and what was not seen", async () => {
  const { code, out } = await call(["scan", ...all], { environment });
  expect(code).toBe(1);
  const places = ["vm-ahead-01", "vm-ahead-02", "vm-ahead-04", "vm-ahead-03", "Not seen inside", "vm-ahead-06"];
  const found = places.map((word) => out.indexOf(word));
  expect(found).toEqual(found.toSorted((a, b) => a - b));
  expect(found[0]).toBeGreaterThan(0);
  expect(out).not.toContain("vm-ahead-05");
  expect(out).toContain("6 VMs: 1 in order, 4 with a lock-out ahead, 0 broken now, 1 not seen inside.");
});

test("looks only as far as is asked, and gives programs all of it", async () => {
  const called = await call(["scan", ...all, "--days", "12", "--json"], { environment });
  const { days, value } = Scan.parse(JSON.parse(called.out));
  expect(days).toBe(12);
  const kinds = Object.fromEntries(value.map(({ vm, lockouts }) => [vm.slice(-2), lockouts.map(({ kind }) => kind)]));
  expect(kinds).toEqual({
    "01": ["certificate-ends"],
    "02": ["chosen-certificate-ends"],
    "03": ["restart-stops-rdp"],
    "04": [],
    "05": [],
    "06": [],
  });
});

test("writes a new file for a spreadsheet", async () => {
  const out = join(folder, "lockouts.csv");
  await call(["scan", ...all, "--out", out], { environment });
  const [head, ...lines] = readFileSync(out, "utf8").trimEnd().split("\r\n");
  expect(head).toBe("vm,when,kind,because,cure,runId");
  expect(lines.filter((line) => line.includes("certificate-ends"))).toHaveLength(2);
  expect(await call(["scan", ...all, "--out", join(folder, "lockouts.xlsx")], { environment })).toMatchObject({
    code: 2,
  });
  // An existing file is not replaced, and the look is not begun for nothing.
  expect(await call(["scan", ...all, "--out", out], { environment })).toMatchObject({ code: 2 });
});

test("one VM may be named; of one without anything ahead the exit code is 0", async () => {
  const one = await call(["scan", vmId("vm-ahead-02"), "--json"], { environment });
  expect(one.code).toBe(1);
  const { value } = Scan.parse(JSON.parse(one.out));
  expect(value.map((row) => row.vm)).toEqual([vmId("vm-ahead-02")]);
  const north = `${subscription}/resourceGroups/rg-north/providers/Microsoft.Compute/virtualMachines/vm-ahead-05`;
  expect(await call(["scan", north], { environment })).toMatchObject({ code: 0 });
});

test.each<[string[], string]>([
  [["scan"], "Which VMs?"],
  [["scan", "--days", "0", ...all], "a whole number of days"],
  [["scan", "--name", "vm", "--scope", "/subscriptions/x"], "not both"],
])("%j is refused with what to do", async (args, said) => {
  const called = await call(args, { environment });
  expect(called.code).toBe(2);
  expect(called.said).toContain(said);
});
