import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setDefaultCACertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import type { Banner } from "../../../sandbox/banner.ts";

const program = fileURLToPath(new URL("../../../sandbox/main.ts", import.meta.url));

/** A simulated Azure in a process of its own, which outlives the services that use it. */
export interface SandboxProcess {
  readonly banner: Banner;
  /** The names of the Run Commands whose scripts the VMs have executed, one for each execution. */
  readonly executed: readonly string[];
  /** An access token for this product's API, or for ARM. */
  tokenFor(caller: keyof Banner["callers"] | "operator"): Promise<string>;
  /** The Run Commands that all VMs have now. */
  runCommands(): Promise<string[]>;
  close(): Promise<void>;
}

/** Of all sandboxes that are open. */
const authorities = new Set<string>();

export async function startSandboxProcess(world: object): Promise<SandboxProcess> {
  const folder = mkdtempSync(join(tmpdir(), "campaign-world-"));
  const file = join(folder, "world.json");
  writeFileSync(file, JSON.stringify(world));
  const child = spawn(process.execPath, [program, "--world", file, "--guest", "modelled", "--verbose"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const executed: string[] = [];
  createInterface(child.stderr).on("line", (line) => {
    const name = /: runs (rdpfix-\S+)$/.exec(line)?.[1];
    if (name) executed.push(name);
  });
  const banner = await bannerOf(child);
  const authority = readFileSync(banner.caFile, "utf8");
  authorities.add(authority);
  setDefaultCACertificates([...authorities]);

  async function tokenFor(caller: keyof Banner["callers"] | "operator"): Promise<string> {
    const isOfArm = caller === "operator";
    const { clientId, secret } = isOfArm ? banner.principals.operator : banner.callers[caller];
    const scope = isOfArm ? `${banner.endpoint}/.default` : `${banner.env.RDP_REMEDIATION_AUDIENCES}/.default`;
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: secret,
      scope,
    });
    const answer = await fetch(`${banner.endpoint}/${banner.tenantId}/oauth2/v2.0/token`, { method: "POST", body });
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  return {
    banner,
    executed,
    tokenFor,
    async runCommands() {
      const authorization = `Bearer ${await tokenFor("operator")}`;
      const lists = banner.vms.map(async (id) => {
        const url = `${banner.endpoint}${id}/runCommands?api-version=2024-07-01`;
        for (;;) {
          const answer = await fetch(url, { headers: { authorization } }).catch(() => null);
          // The faults of the world are for everybody.
          if (!answer?.ok) continue;
          return ((await answer.json()) as { value: { name: string }[] }).value.map(({ name }) => name);
        }
      });
      return (await Promise.all(lists)).flat();
    },
    async close() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      authorities.delete(authority);
      rmSync(folder, { recursive: true });
    },
  };
}

async function bannerOf({ stdout }: ChildProcess): Promise<Banner> {
  if (!stdout) throw new Error("The sandbox has no output.");
  for await (const line of createInterface(stdout)) return JSON.parse(line) as Banner;
  throw new Error("The sandbox has ended.");
}
