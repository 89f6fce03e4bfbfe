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

  test("tells the receivers of its sandbox of a run that has ended", async () => {
    let told = "";
    let calling: Promise<string> | undefined;
    await call(["serve", "--sandbox", "healthy", "--guest", "modelled", "--port", "0"], {
      environment: {},
      watch(text, stop) {
        told += text;
        const isWhole = /\/receivers\s/.test(told) && /\/subscriptions\//.test(told.slice(told.indexOf("/receivers")));
        if (isWhole && !calling) calling = startRunAndWait(told).finally(stop);
      },
    });
    const { value } = JSON.parse((await calling) ?? "{}") as { value: { kind: string; because: string | null }[] };
    expect(value.map(({ because }) => because).filter(Boolean)).toEqual([]);
    expect(new Set(value.map(({ kind }) => kind))).toEqual(new Set(["webhook", "teams", "slack", "mail"]));
  });

  /** Starts a diagnosis by the lines that are shown, and waits until four receivers have heard of its end. */
  async function startRunAndWait(told: string): Promise<string> {
    const [token = ""] = told.slice(told.indexOf("TOKEN=")).split(/^\s*Then\s*$/m);
    const [, url] = /Serving at (\S+)\. Ctrl-C/.exec(told) ?? [];
    const [vm] = /\/subscriptions\/\S+/.exec(told.slice(told.indexOf("/receivers"))) ?? [];
    const [look] = /curl -s --cacert \S+\s+(\\\s+)?\S+\/receivers/.exec(told) ?? [];
    const script = `${token}
      curl -s -o /dev/null -X POST -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
        -d '{"vm":"${vm}","mode":"diagnose"}' ${url}/api/runs
      until [ "$(${look} | grep -o '"answer":"20' | wc -l)" -ge 4 ]; do :; done
      ${look}`;
    const { stdout } = await shell("sh", ["-c", script], { env: { ...process.env, NO_PROXY: "*" } });
    return stdout;
  }

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
