import { describe, expect, test } from "vitest";
import { call } from "./call.ts";
import { interrupt, start } from "./start.ts";

/*
 * `--sandbox`: a pretend Azure for one call. One call after the other, because each makes this process take another
 * sandbox for Azure.
 */

const environment = { RDP_REMEDIATION_DATABASE: "/dev/null/must-not-be-opened", AZURE_CLIENT_ID: "not even a GUID" };

function inSandbox(world: string, ...args: string[]) {
  return [...args, "--sandbox", world, "--guest", "modelled"];
}

describe("a pretend Azure for one call", () => {
  test("the VM may be left out, and what is simulated is said on both outputs", async () => {
    const { code, out, err } = await call(inSandbox("enable-remote-desktop", "repair"), { environment });
    expect(code).toBe(0);
    for (const text of [out, err]) {
      expect(text).toMatch(
        /^Simulated: Azure is a sandbox on this machine, world enable-remote-desktop\.\nguest: modelled /,
      );
    }
    expect(out).toMatch(/npm run -s sandbox -- --world \S+enable-remote-desktop\.json/);
    expect(out).not.toMatch(/rdp undo/);
  });

  test("as JSON it is one document, which says so too", async () => {
    const { code, out } = await call(inSandbox("nsg-denies", "diagnose", "--json"), { environment });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      intent: "diagnose",
      outcome: { kind: "advised" },
      simulated: { azure: "sandbox", world: "nsg-denies", guest: "modelled" },
    });
  });

  test("a missing right is named, and nothing is done", async () => {
    const { code, said } = await call(inSandbox("right-missing", "repair"), { environment });
    expect(code).toBe(3);
    expect(said).toMatch(
      /lacks the right Microsoft\.Compute\/virtualMachines\/runCommands\/write on .*Assign it the remediator role/,
    );
    expect(said).toMatch(/Outcome failed/);
    expect(said).not.toMatch(/Done inside the VM/);
  });

  test("a reply that is cut is not believed", async () => {
    const { code, said } = await call(inSandbox("reply-cut", "repair"), { environment });
    expect(code).toBe(3);
    expect(said).toMatch(/Outcome unknown .*Nothing was changed\./);
  });

  test("a VM that the world does not have", async () => {
    const vm =
      "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/nobody";
    const { code, said } = await call(inSandbox("healthy", "diagnose", vm), { environment });
    expect(code).toBe(3);
    expect(said).toMatch(/Azure knows no such resource/);
  });
});

test("Ctrl-C ends the call and says what becomes of the run", async () => {
  const args = ["diagnose", "--sandbox", "healthy", "--guest", "modelled"];
  const { code, stdout, stderr } = await interrupt("cli/main.ts", args, /collect-1 is running/);
  expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
  expect(stderr).toMatch(/\nStopped\. The sandbox has ended, and its run with it\.\n$/);
});

test("the demo shows all that it claims, and says what is simulated, first and last", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await start("cli/demo.ts", ["--guest", "modelled"]);
  expect(stderr).not.toContain("did not show");
  expect(code).toBe(0);
  const said = stdout.replace(/\s+/g, " ");
  expect(said).toMatch(/^ ?RDP Remediation .* What is simulated here: Azure and Windows\. .*guest: modelled\./);
  expect(said).toMatch(/The handshake failed before the repair and completes after it\. .*2 Run Commands were enough/);
  expect(said).toMatch(/Windows is exactly as it was before the repair\. .*Found again: /);
  expect(said).toMatch(/no real Windows was touched\. guest: modelled\.[^.]*\. ?$/);
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
});
