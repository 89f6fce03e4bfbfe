import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import { type Api, createApi } from "../../lib/http/api.ts";
import type { ApiResponse } from "../../lib/http/api-message.ts";
import { createAuthenticate } from "../../lib/http/authentication.ts";
import type { ApiDeps } from "../../lib/http/route.ts";
import { createLocalEngine, type LocalEngine } from "../../lib/local/engine.ts";
import { openSqliteStore, type SqliteStore } from "../../lib/local/sqlite-store.ts";
import type { EffectPorts } from "../../lib/runs/effects.ts";
import { createRunService } from "../../lib/runs/intake/service.ts";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";
import { withVirtualTime } from "../fixtures/clock.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";
import { differences } from "./document.ts";
import { approver, keys, requester, signIn, tokenOf } from "./sign-in.ts";

export const vmPath =
  "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/app/providers/Microsoft.Compute/virtualMachines/vm-app-01";

/** The id of another VM of the same group. */
export function vmNumber(number: number): string {
  return `${vmPath.slice(0, -2)}${String(number).padStart(2, "0")}`;
}

export interface Told {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Whose token to send; nobody's for `null`. */
  readonly as?: "requester" | "approver" | "boss" | "weakener" | "opener" | "alerts" | null;
}

export interface Rig {
  readonly api: Api;
  readonly engine: LocalEngine;
  readonly store: SqliteStore;
  readonly fake: FakeVm;
  readonly surprises: unknown[];
  /** One request as a client would make it: JSON in, JSON out. Every answer is held against the OpenAPI document. */
  ask(path: string, told?: Told): Promise<ApiResponse & { readonly json: Record<string, unknown> }>;
  close(): Promise<void>;
}

/**
 * The API over the real engine and store, with a VM whose Remote Desktop is turned off, and two people who may sign in.
 */
export async function openRig(
  more: Partial<ApiDeps> = {},
  morePorts: Partial<Pick<EffectPorts, "permit">> = {},
): Promise<Rig> {
  const fake = new FakeVm();
  if (isUnreadable(fake.guest.registry)) throw new Error("the fixture is readable");
  fake.guest.registry["terminal-server/fDenyTSConnections"] = { type: "dword", data: 1 };
  fake.guest.handshake = { result: "failed", stage: "connect", error: "Refused." };
  const store = openSqliteStore(":memory:");
  const clock = createVirtualClock();
  const ports = { reader: fake, channel: fake, power: fake, alerts: fake, ...morePorts };
  const engine = withVirtualTime(clock, (holding) => createLocalEngine({ store, ports, clock, watchers: [holding] }));
  const surprises: unknown[] = [];
  const api = createApi({
    service: createRunService(engine, () => clock.now(), randomUUID),
    engine,
    authenticate: createAuthenticate(signIn, () => new Date(), keys),
    newId: randomUUID,
    receiveAlert: () => Promise.reject(new Error("no alert is expected")),
    findVms: () => Promise.reject(new Error("no search is expected")),
    onSurprise: (error) => void surprises.push(error),
    settings: { publicUrl: null, allowSelfApproval: false, maximumRisk: "interrupts-sessions" },
    ...more,
  });
  const tokens = {
    requester: await tokenOf(requester, "Rdp.Repair"),
    approver: await tokenOf(approver, "Rdp.Approve"),
    boss: await tokenOf(requester, "Rdp.Repair", "Rdp.Approve"),
    weakener: await tokenOf(requester, "Rdp.Repair", "Rdp.Weaken"),
    opener: await tokenOf(requester, "Rdp.Repair", "Rdp.OpenNetwork"),
    alerts: await tokenOf(approver, "ActionGroupsSecureWebhook"),
  };
  return {
    api,
    engine,
    store,
    fake,
    surprises,
    async ask(path, { method, body, headers = {}, as = "requester" } = {}) {
      const verb = method ?? (body === undefined ? "GET" : "POST");
      const answer = await api({
        method: verb,
        url: `https://api.example${path}`,
        headers: {
          ...(as && { authorization: `Bearer ${tokens[as]}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        body: body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body)),
      });
      expect(differences(verb, path, answer)).toEqual([]);
      return {
        ...answer,
        json:
          typeof answer.body !== "string" || answer.body === ""
            ? {}
            : (JSON.parse(answer.body) as Record<string, unknown>),
      };
    },
    async close() {
      await engine.close();
      store.close();
    },
  };
}
