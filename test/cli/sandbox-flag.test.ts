import { describe, expect, test } from "vitest";
import { interrupt, start } from "./start.ts";

/*
 * `--sandbox`: a simulated Azure for one call. Each call is a process of its own, as it is for people: what signs in
 * to Azure remembers the first place where it did.
 */

const ownSettings = { RDP_REMEDIATION_DATABASE: "/dev/null/must-not-be-opened", AZURE_CLIENT_ID: "not even a GUID" };

async function inSandbox(world: string, ...args: string[]) {
  const ended = await start("cli/main.ts", [...args, "--sandbox", world, "--guest", "modelled"], ownSettings);
  return { ...ended, said: ended.stdout.replace(/\s+/g, " ") };
}

describe.concurrent("a simulated Azure for one call", () => {
  test("the VM may be left out, and what is simulated is said on both outputs", async () => {
    const { code, stdout, stderr } = await inSandbox("enable-remote-desktop", "repair");
    expect(code).toBe(0);
    const notice = /^Simulated: Azure is a sandbox on this machine, world enable-remote-desktop\.\nguest: modelled /;
    for (const text of [stdout, stderr]) expect(text).toMatch(notice);
    expect(stdout).toContain("rdp-remediation sandbox enable-remote-desktop");
    expect(stdout).not.toMatch(/rdp-remediation undo/);
  });

  test("as JSON it is one document, which says so too", async () => {
    const { code, stdout } = await inSandbox("nsg-denies", "diagnose", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      mode: "diagnose",
      outcome: "advised",
      simulated: { azure: "sandbox", world: "nsg-denies", guest: "modelled" },
    });
  });

  test("a missing right is named, and nothing is done", async () => {
    const { code, said } = await inSandbox("right-missing", "repair");
    expect(code).toBe(3);
    expect(said).toMatch(/lacks the right Microsoft\.Compute\/ ?virtualMachines\/runCommands\/write on/);
    expect(said).toMatch(/Assign the role "RDP Remediator"/);
    expect(said).not.toMatch(/Done inside the VM/);
  });

  test("a reply that is cut is not believed", async () => {
    const { code, said } = await inSandbox("reply-cut", "repair");
    expect(code).toBe(3);
    expect(said).toMatch(/Outcome unknown .*Nothing was changed\./);
  });

  test("Ctrl-C ends the call and says what becomes of the run", async () => {
    const args = ["diagnose", "--sandbox", "healthy", "--guest", "modelled"];
    const { code, stdout, stderr } = await interrupt("cli/main.ts", args, /collect-1 is running/);
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toMatch(/\nStopped\. The sandbox has ended, and its run with it\.\n$/);
  });

  test("the demo shows all that it claims, and says what is simulated, first and last", async () => {
    const { code, stdout, stderr } = await start("cli/main.ts", ["demo", "--guest", "modelled"]);
    expect(stderr).not.toContain("did not show");
    expect(code).toBe(0);
    const said = stdout.replace(/\s+/g, " ");
    expect(said).toMatch(/^ ?RDP Remediation .* What is simulated here: Azure and Windows\. .*guest: modelled\./);
    expect(said).toMatch(
      /The handshake failed before the repair and completes after it\. .*2 Run Commands were enough .*The undo needed 2 Run/,
    );
    expect(said).toMatch(/Windows is exactly as it was before the repair\. .*Found again: /);
    expect(said).toMatch(/no real Windows was touched\. guest: modelled\.[^.]*\. ?$/);
    // Nothing is wrapped for a program that reads it.
    expect(stdout).toMatch(/^\* The same checks, on new evidence, find no fault any more\.$/m);
  });
});
