import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OperationView } from "../../lib/fleet/operation-view.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { newOperation } from "../fleet/operations.ts";
import { call } from "./call.ts";

let folder: string;
let environment: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleet-cli-"));
  environment = { RDP_REMEDIATION_DATABASE: join(folder, "runs.sqlite") };
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("fleet on a terminal", () => {
  test("repairs a small fleet in a sandbox, and tells what became of it", async () => {
    const called = await call(["fleet", "repair", "--sandbox", "small-fleet", "--guest", "modelled", "--json"], {
      environment,
    });
    const { simulated, ...view } = JSON.parse(called.out);
    expect(simulated).toMatchObject({ world: "small-fleet" });
    expect(OperationView.parse(view)).toMatchObject({
      state: "ended",
      outcome: { kind: "completed" },
      results: { repaired: 4, healthy: 3, advised: 1 },
    });
    // One VM is stopped: not all of them work.
    expect(called.code).toBe(1);
    expect(called.err).toContain("8 of 8 VMs (100 %)");
  });

  test("shows, lists and writes a stored operation", async () => {
    const store = openSqliteStore(environment.RDP_REMEDIATION_DATABASE ?? "");
    const { operation, targets } = newOperation(3);
    await store.createOperation(operation, targets);
    store.close();
    const shown = await call(["fleet", "show", operation.id], { environment });
    expect(shown.code).toBe(0);
    expect(shown.said).toContain("0 of 3 VMs (0 %), wave 1 of 3, 0 at work");
    expect(shown.said).toContain(`rdp fleet resume ${operation.id}`);
    const listed = await call(["fleet", "list"], { environment });
    expect(listed.out).toContain(operation.id);
    for (const format of ["csv", "json", "html"]) {
      const out = join(folder, `results.${format}`);
      const args = ["fleet", "results", operation.id, "--out", out];
      expect(await call(args, { environment })).toMatchObject({ code: 0 });
      expect(readFileSync(out, "utf8")).toContain("vm-00002");
      // An existing file is not replaced.
      expect(await call(args, { environment })).toMatchObject({ code: 2 });
    }
    const other = "00000000-0000-4000-8000-00000000dead";
    expect(await call(["fleet", "show", other], { environment })).toMatchObject({ code: 3 });
  });

  test.each<[string[], string]>([
    [["fleet", "repair"], "Which VMs?"],
    [["fleet", "repair", "--tag", "a=b"], "--tag needs --scope"],
    [["fleet", "repair", "--scope", "/subscriptions/x", "--vms", "y"], "Name the VMs once"],
    [["fleet", "repair", "--scope", "/subscriptions/x", "--waves", "50,20"], "growing percentages that end with 100"],
    [["fleet", "repair", "--canary", "200"], "must be a whole number from 0 to 100"],
    [["fleet", "decide", "00000000-0000-4000-8000-00000000dead", "--approve"], "Which plans?"],
    [["fleet", "show"], "Which operation?"],
    [["fleet"], "There are: fleet diagnose, fleet repair"],
    [["fleet", "repear"], "Did you mean fleet repair?"],
  ])("%j is refused with what to do", async (args, said) => {
    const called = await call(args, { environment });
    expect(called.code).toBe(2);
    expect(called.said).toContain(said);
  });

  test("names the line of a list that is no VM", async () => {
    const file = join(folder, "vms.txt");
    writeFileSync(file, "\uFEFF# ours\n\n/subscriptions/nonsense\n");
    const called = await call(["fleet", "diagnose", "--vms", file], { environment });
    expect(called).toMatchObject({ code: 2 });
    expect(called.said).toContain(`Line 3 of ${file}`);
  });
});
