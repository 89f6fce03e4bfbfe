import { spawnSync } from "node:child_process";
import { afterEach, describe, expect, test } from "vitest";
import { jsonResponse } from "../../lib/http/api-message.ts";
import { type Ended, type Mishap, openRig, type Rig, run } from "./runbook-rig.ts";

/*
 * The runbooks as their users run them: processes of their own, signed in with a managed identity or with a token,
 * against the service over a sandbox. Each is skipped, by name, where its language is not installed.
 */

export interface Runbook {
  readonly file: string;
  readonly program: readonly string[];
  /** How it spells a parameter's name. */
  readonly flag: (name: string) => string;
  readonly signsInBy: "managed identity" | "token";
}

/** `vmResourceId` as scripts that are no PowerShell spell it. */
export const dashed = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const busy = jsonResponse(503, { error: { code: "Busy", message: "Later." } }, { "retry-after": "2" });
const badGateway = { status: 502, headers: { "retry-after": "1" }, body: "" };
/** The service does what was asked, and nobody hears of it. */
const answerIsLost: Mishap = async (request, answer) => {
  await answer(request);
  throw new Error("the connection breaks");
};

/** Exit codes, the same in each language. */
const codes = { misunderstood: 2, failed: 3 };

/** Holds one runbook to what all of them promise. */
export function describeRunbook({ file, program, flag, signsInBy }: Runbook): void {
  describe(file, () => {
    const [command = ""] = program;
    const installed = spawnSync(command, ["--version"]).status === 0;
    let rig: Rig;

    afterEach(async () => {
      expect(await rig?.close()).toEqual([]);
    });

    async function repair(parameters: Record<string, string> = {}, env?: Record<string, string>): Promise<Ended> {
      const all = { serviceUri: rig.url, vmResourceId: rig.vm, ...parameters };
      const flags = Object.entries(all).flatMap(([name, value]) => [flag(name), value]);
      const byToken = async () => ({ RDP_REMEDIATION_TOKEN: await rig.tokenOf(rig.clients.requester) });
      const signedIn = env ?? (signsInBy === "token" ? await byToken() : rig.identity);
      const trust = { CURL_CA_BUNDLE: rig.caFile, SSL_CERT_FILE: rig.caFile };
      return run([...program, `infra/runbooks/${file}`, ...flags], { ...trust, ...signedIn });
    }

    /** Everything it said, in one line however it was wrapped. */
    const said = ({ out, err }: Ended) => `${out} ${err}`.replace(/\s*\n\s*\|?\s*/g, " ");
    const runs = async () => (await rig.engine.list({ limit: 20 })).runs;

    test.skipIf(!installed)("repairs a VM, and says what was done", async () => {
      rig = await openRig("renew-rdp-certificate");
      const overTls = { serviceUri: rig.secureUrl, maximumRisk: "interrupts-sessions", timeoutMinutes: "5" };
      const ended = await repair(overTls);
      expect(ended).toMatchObject({ code: 0, err: "" });
      const [only, ...others] = await runs();
      expect(others).toEqual([]);
      expect(only).toMatchObject({ intent: "repair", outcome: { kind: "repaired" } });
      expect(only?.options.maximumRisk).toBe("interrupts-sessions");
      expect(said(ended)).toContain(`Run ${only?.id}: repaired. ${only?.outcome?.summary}`);
      const [begun, looked] = rig.requests;
      // No upper limit, which a slow machine would pass: that a runbook comes back when it is told to and not at a time of
      // its own shows where it is told to come back after its own deadline.
      expect((looked?.at ?? 0) - (begun?.at ?? 0)).toBeGreaterThan(990);
    });

    test.skipIf(!installed)("hands on what the client shows, letter by letter", async () => {
      rig = await openRig("stopped-vm");
      const clientError = 'Error "0x904", extended error code 0x7 \\ $HOME `id`';
      const ended = await repair({ mode: "diagnose", clientError });
      expect(ended.code).toBe(1);
      const [only] = await runs();
      expect(only?.options.clientError).toBe(clientError);
    });

    test.skipIf(!installed)("fails with the reason when a fault remains", async () => {
      rig = await openRig("stopped-vm");
      const ended = await repair({ mode: "diagnose" });
      expect(ended.code).toBe(1);
      const [only] = await runs();
      expect(only).toMatchObject({ intent: "diagnose", outcome: { kind: "advised" } });
      expect(said(ended)).toContain(`Run ${only?.id}: advised. ${only?.outcome?.summary}`);
    });

    test.skipIf(!installed)("asks for one repair, whatever happens on the way", async () => {
      rig = await openRig("renew-rdp-certificate");
      let back: Promise<void> | undefined;
      const restarts: Mishap = async () => {
        back = rig.restart();
        return busy;
      };
      rig.mishaps.push(restarts, async () => badGateway, answerIsLost);
      const ended = await repair();
      await back;
      expect(ended.code).toBe(0);
      expect(said(ended)).toContain("Later. (HTTP 503 Busy) Retrying in 2 s.");
      // Busy, away, behind a gateway, lost.
      expect(said(ended).split("Retrying")).toHaveLength(5);
      expect(await runs()).toMatchObject([{ outcome: { kind: "repaired" } }]);
      const asked = rig.requests.filter(({ method }) => method === "POST");
      expect(asked.length).toBeGreaterThan(2);
      expect(new Set(asked.map(({ headers }) => headers["operation-id"])).size).toBe(1);
    });

    test.skipIf(!installed)("says who called its run off", async () => {
      rig = await openRig("renew-rdp-certificate");
      rig.mishaps.push(
        (request, answer) => answer(request),
        async (request, answer) => {
          const { id, state, plan } = await rig.engine.settled(request.url.split("/").at(-1) ?? "");
          expect(state).toBe("awaiting-approval");
          await rig.engine.signal(id, {
            kind: "decide",
            approved: false,
            by: "Grace",
            planHash: plan?.hash ?? "",
            reason: 'not in "hours"',
          });
          return answer(request);
        },
      );
      const ended = await repair({ maximumRisk: "none" });
      expect(ended.code).toBe(1);
      const [only] = await runs();
      expect(only?.outcome?.kind).toBe("cancelled");
      expect(said(ended)).toContain(`Run ${only?.id}: cancelled. ${only?.log.at(-1)?.message}`);
      expect(said(ended)).toContain("Grace");
    });

    test.skipIf(!installed)("says until when a plan waits for a decision, and where to decide", async () => {
      rig = await openRig("renew-rdp-certificate");
      rig.mishaps.push(
        (request, answer) => answer(request),
        async (request, answer) => {
          await rig.engine.settled(request.url.split("/").at(-1) ?? "");
          const { headers, ...rest } = await answer(request);
          return { ...rest, headers: { ...headers, "retry-after": "90" } };
        },
      );
      const ended = await repair({ maximumRisk: "none", timeoutMinutes: "1" });
      expect(ended.code).toBe(codes.failed);
      const [only] = await runs();
      expect(said(ended)).toContain(`Run ${only?.id} waits for a decision until ${only?.decideBy?.slice(0, 10)}`);
      expect(said(ended)).toContain(`/api/runs/${only?.id}/decision`);
    });

    test.skipIf(!installed)("waits no longer than it may", async () => {
      rig = await openRig("healthy");
      const slow: Mishap = async (request, answer) => {
        const { headers, ...rest } = await answer(request);
        return { ...rest, headers: { ...headers, "retry-after": "90" } };
      };
      rig.mishaps.push(slow);
      const ended = await repair({ timeoutMinutes: "1" });
      expect(ended.code).toBe(codes.failed);
      expect(said(ended)).toMatch(
        /Run \S+ continues \([\w-]+\) after the time limit of 1 min\. Read it later: GET http\S+\/api\/runs\/\S+/,
      );
      const away: Mishap = async () =>
        jsonResponse(503, { error: { code: "Away", message: "Gone." } }, { "retry-after": "400" });
      rig.mishaps.push(away);
      const silent = await repair();
      expect(silent.code).toBe(codes.failed);
      expect(said(silent)).toMatch(/The service does not answer: Gone\. \(HTTP 503/);
    });

    test.skipIf(!installed)("says why it is refused, and gives up at once", async () => {
      rig = await openRig("healthy");
      const [forged, roleless] = await Promise.all([
        repair({}, { RDP_REMEDIATION_TOKEN: "not.a.token" }),
        repair({}, { RDP_REMEDIATION_TOKEN: await rig.tokenOf(rig.clients.actionGroup) }),
      ]);
      expect(forged.code).toBe(codes.failed);
      expect(said(forged)).toMatch(/The service rejected the request: .* \(HTTP 401 \w+\)/);
      expect(roleless.code).toBe(codes.failed);
      expect(said(roleless)).toMatch(
        /The service rejected the request: This request needs the app role Rdp.Read. .* \(HTTP 403 RoleMissing\)/,
      );
      expect(await runs()).toEqual([]);
    });

    test.skipIf(!installed)("prints nothing of the service that a terminal or a pipeline would obey", async () => {
      rig = await openRig("healthy");
      const hostile =
        "no\n##vso[task.setvariable variable=PATH]/evil\r\n::add-mask::x\u001b[2J\u001b]0;pwned\u0007\u009b31m\u202euser\u2028end";
      const cancelled: Mishap = async (request, answer) => {
        const { id } = JSON.parse(String((await answer(request)).body)) as { id: string };
        const log = [{ at: "2026-11-22T08:00:00.000Z", message: hostile }];
        return jsonResponse(202, { id, status: "Canceled", state: "ended", outcome: "cancelled", log });
      };
      const strange: Mishap = async () =>
        jsonResponse(503, { error: { code: "Busy", message: hostile } }, { "retry-after": "1" });
      const refusing: Mishap = async () =>
        jsonResponse(400, { error: { code: "Bad", message: `::error::${hostile}` } });
      rig.mishaps.push(strange, cancelled);
      const ended = await repair();
      rig.mishaps.push(refusing);
      for (const { code, out, err } of [ended, await repair()]) {
        expect(code).toBeGreaterThan(0);
        const lines = `${out}\n${err}`.split("\n");
        expect(lines.filter((line) => /[\p{C}\p{Zl}\p{Zp}]/u.test(line))).toEqual([]);
        expect(lines.filter((line) => /##(vso)?\[/i.test(line) || /^\s*::/.test(line))).toEqual([]);
        expect(`${out}${err}`).toContain("end");
      }
    });

    test.skipIf(!installed)("a command that is not understood is told apart from a service that fails", async () => {
      rig = await openRig("healthy");
      const mistakes: Record<string, string>[] = [{ mode: "fix" }, { timeoutMinutes: "0" }, { maximumRisk: "high" }];
      for (const wrong of mistakes) {
        expect((await repair(wrong)).code, JSON.stringify(wrong)).toBe(codes.misunderstood);
      }
      expect(await runs()).toEqual([]);
    });

    test.skipIf(!installed)("passes no proxy on its way to this machine", async () => {
      rig = await openRig("healthy");
      const proxies = {
        http_proxy: "http://127.0.0.1:9",
        HTTP_PROXY: "http://127.0.0.1:9",
        NO_PROXY: "",
        no_proxy: "",
      };
      const token = { RDP_REMEDIATION_TOKEN: await rig.tokenOf(rig.clients.requester) };
      expect(await repair({ mode: "diagnose" }, { ...token, ...proxies })).toMatchObject({ code: 0 });
    });

    test.skipIf(!installed)("sends its token neither in the clear nor after a redirect", async () => {
      rig = await openRig("healthy");
      const elsewhere = await repair({ serviceUri: "http://example.com" });
      expect(elsewhere.code).toBe(codes.misunderstood);
      expect(said(elsewhere)).toContain("plain http is for this machine only");
      rig.mishaps.push(async () => ({ status: 307, headers: { location: `${rig.url}/api/health` }, body: "" }));
      const redirected = await repair();
      expect(redirected.code).toBe(codes.failed);
      expect(rig.requests).toHaveLength(1);
    });
  });
}
