import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

/*
 * The smoke test of a deployment: it tells the service's own answers from those of what stands before it.
 */

const folder = mkdtempSync(join(tmpdir(), "smoke-"));
let server: Server | undefined;

beforeAll(() => {
  const az = join(folder, "az");
  writeFileSync(
    az,
    '#!/bin/sh\n[ "$*" = "account get-access-token --scope api://a-client/.default --query accessToken --output tsv" ] && echo a-token\n',
  );
  chmodSync(az, 0o755);
});
afterEach(() => server?.close());
afterAll(() => rmSync(folder, { recursive: true }));

interface Answer {
  readonly status: number;
  readonly body: string;
}

const ours = (status: number, code: string): Answer => ({
  status,
  body: JSON.stringify({ error: { code, message: "m" } }),
});
const platform = (status: number): Answer => ({ status, body: "<html>You do not have permission.</html>" });
const well: Answer = { status: 200, body: "{}" };

async function smoke(
  health: readonly Answer[],
  runs: Answer,
): Promise<{ code: number | null; said: string; asked: string[] }> {
  const asked: string[] = [];
  const starting = [...health];
  server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? ""}`.trim());
    const isHealth = request.url === "/api/health";
    const { status, body } = (isHealth ? (starting.length > 1 ? starting.shift() : starting[0]) : runs) ?? well;
    response.writeHead(status).end(body);
  });
  await new Promise<void>((done) => server?.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const child = spawn("bash", ["infra/smoke-test.sh", url, "a-client"], {
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, TRIES: "3", PAUSE: "0" },
  });
  let said = "";
  child.stdout.on("data", (text) => (said += text));
  child.stderr.on("data", (text) => (said += text));
  const code = await new Promise<number | null>((done) => child.on("close", done));
  return { code, said, asked };
}

test.each<[string, Answer[], Answer, number, RegExp]>([
  ["it answers a caller with a role", [well], well, 0, /takes this sign-in/],
  ["it knows the token, and the caller has no role", [well], ours(403, "Forbidden"), 0, /no app role/],
  ["it starts slowly", [platform(503), well], well, 0, /takes this sign-in/],
  ["the sign-in before it refuses the token", [well], platform(401), 1, /register-app/],
  ["it refuses the token itself", [well], ours(401, "Unauthorized"), 1, /audience and the tenant/],
  ["this machine may not call", [platform(403)], well, 1, /allowedCallers/],
  ["it never starts", [platform(503)], well, 1, /does not answer.*503/],
  ["it fails", [well], ours(500, "Internal"), 1, /answers 500/],
])("%s", async (_what, health, runs, code, said) => {
  const done = await smoke(health, runs);
  expect(done.said).toMatch(said);
  expect(done.code).toBe(code);
  for (const call of done.asked.filter((one) => one.startsWith("/api/runs")))
    expect(call).toBe("/api/runs Bearer a-token");
});
