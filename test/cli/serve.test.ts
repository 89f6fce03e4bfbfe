import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { call } from "./call.ts";

const shell = promisify(execFile);

describe("serve", () => {
  test("serves a sandbox until it is stopped, and says how to call it", async () => {
    let told = "";
    let calling: Promise<string> | undefined;
    const served = await call(["serve", "--sandbox", "several-faults", "--guest", "modelled", "--port", "0"], {
      environment: {},
      watch(text, stop) {
        told += text;
        const address = /Serving at (http:\/\/127\.0\.0\.1:\d+)/.exec(told)?.[1];
        if (address && !calling) calling = typeWhatIsSaid(told).finally(stop);
      },
    });
    expect(await calling).toBe('{"value":[]}');
    // README: "At start it prints its URL; set SERVICE to it", and then speaks of $SERVICE/api/alerts.
    expect(told).toMatch(/^Serving at http:\/\/127\.0\.0\.1:\d+\. Ctrl-C/m);
    expect(told).toMatch(/RDP_REMEDIATION_TOKEN=\$TOKEN rdp runs --service http:\/\/127\.0\.0\.1:\d+\n/);
    expect(served.code).toBe(0);
    expect(told).toContain("/receivers");
    expect(served.out).toContain("Stopped serving at http://127.0.0.1:");
  });

  /** Runs the lines that are shown for copying, as a person would in a shell. */
  async function typeWhatIsSaid(told: string): Promise<string> {
    const [calling = ""] = told.slice(told.indexOf("TOKEN=")).split("Or, with this program");
    const script = calling.replace(/^\s*Then\s*$/m, "");
    const { stdout } = await shell("sh", ["-c", script], { env: { ...process.env, NO_PROXY: "*" } });
    return stdout;
  }

  test("needs to know whose identities may call", async () => {
    const { code, said } = await call(["serve", "--port", "0"], {
      environment: { RDP_REMEDIATION_DATABASE: ":memory:" },
    });
    expect(code).toBe(2);
    expect(said).toContain("RDP_REMEDIATION_TENANT_ID");
  });

  test("says so when its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const port = (other.address() as AddressInfo).port;
    const { code, said } = await call(["serve", "--port", String(port)], {
      environment: {
        RDP_REMEDIATION_DATABASE: ":memory:",
        RDP_REMEDIATION_TENANT_ID: "00000000-0000-4000-8000-0000000000aa",
        RDP_REMEDIATION_AUDIENCES: "api://rdp-remediation",
      },
    });
    other.close();
    expect(code).toBe(2);
    expect(said).toContain(`Port ${port} cannot be used`);
  });
});

describe("notify test", () => {
  test("sends to every receiver of a sandbox, and shows what each answered", async () => {
    const { code, out } = await call(["notify", "test", "--sandbox", "healthy", "--guest", "modelled", "--json"], {
      environment: {},
    });
    expect(code).toBe(0);
    const { receivers } = JSON.parse(out) as { receivers: { receiver: string; result: string }[] };
    expect(receivers.map(({ receiver, result }) => `${receiver} ${result}`)).toEqual([
      "webhook sent",
      "teams sent",
      "slack sent",
      "mail accepted",
    ]);
  });

  test("tells how to name receivers when there are none, and what a receiver refused", async () => {
    const without = await call(["notify", "test"], { environment: {} });
    expect([without.code, without.said]).toEqual([2, expect.stringContaining("RDP_REMEDIATION_NOTIFICATIONS")]);
    const receivers = [{ name: "desk", kind: "webhook", url: "https://127.0.0.1:9/hook" }];
    const refused = await call(["notify", "test"], {
      environment: {
        RDP_REMEDIATION_NOTIFICATIONS: JSON.stringify({ receivers }),
        RDP_REMEDIATION_PUBLIC_URL: "https://rdp.contoso.example",
      },
    });
    expect(refused.code).toBe(3);
    expect(refused.out).toContain("desk (webhook): failed. There was no answer");
  });
});
