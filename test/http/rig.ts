import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import { ok } from "../../lib/core/problem.ts";
import type { VmId } from "../../lib/core/vm-id.ts";
import type { PlanGroup } from "../../lib/fleet/fleet-operation.ts";
import type { FoundVm, Selection } from "../../lib/fleet/ports.ts";
import { createFleetStepper } from "../../lib/fleet/stepper.ts";
import { type Api, createApi } from "../../lib/http/api.ts";
import type { ApiResponse } from "../../lib/http/api-message.ts";
import { createAuthenticate } from "../../lib/http/authentication.ts";
import type { ApiDeps } from "../../lib/http/route.ts";
import { createLocalEngine, type LocalEngine } from "../../lib/local/engine.ts";
import { createLocalFleet, type LocalFleet } from "../../lib/local/fleet.ts";
import { openSqliteStore, type SqliteStore } from "../../lib/local/sqlite-store.ts";
import type { EffectPorts } from "../../lib/runs/effects.ts";
import { createRunService } from "../../lib/runs/intake/service.ts";
import type { RunWatcher } from "../../lib/runs/stepper.ts";
import { createVirtualClock, type VirtualClock } from "../../sandbox/time/virtual-clock.ts";
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

/** What the inventory finds for a machine. */
export function foundVm(vm: VmId): FoundVm {
  return { vm, location: "westeurope", tags: {} };
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
  readonly fleet: LocalFleet;
  /** What the inventory finds by a scope or a query. */
  readonly found: { scope?: FoundVm[]; query?: FoundVm[] };
  /** What was asked of the inventory. */
  readonly searches: Selection[];
  readonly clock: VirtualClock;
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
  const toFleet: RunWatcher = { saved: (run) => fleet.runSaved(run) };
  const engine = withVirtualTime(clock, (holding) =>
    createLocalEngine({ store, ports, clock, watchers: [holding, toFleet] }),
  );
  const now = () => clock.now();
  const service = createRunService(engine, now, randomUUID);
  const full = { reads: 250, writes: 200, deletes: 200, blockedUntil: 0 };
  const budget = { allowanceOf: () => full };
  const stepper = createFleetStepper({ store, engine, service, budget, places: 9, allowSelfApproval: false, now });
  const local = createLocalFleet({ store, stepper, clock });
  const fleet: LocalFleet = { ...local, settled: (id) => clock.during(local.settled(id)) };
  const surprises: unknown[] = [];
  const found: Rig["found"] = {};
  const searches: Selection[] = [];
  const api = createApi({
    service,
    engine,
    fleet: {
      engine: fleet,
      store,
      inventory: {
        // Azure knows every VM of a list; a test says what else it finds.
        find: async (selection) => {
          searches.push(selection);
          return selection.kind === "list" ? ok(selection.vms.map(foundVm)) : ok([...(found[selection.kind] ?? [])]);
        },
      },
    },
    now,
    authenticate: createAuthenticate(signIn, () => new Date(), keys),
    newId: randomUUID,
    receiveAlert: () => Promise.reject(new Error("no alert is expected")),
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
    fleet,
    found,
    searches,
    clock,
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
      await fleet.close();
      await engine.close();
      store.close();
    },
  };
}

/** Lets time pass until a run of this operation waits with a plan. */
export async function waitingPlan({ fleet, clock }: Rig, id: string): Promise<PlanGroup> {
  for (;;) {
    const found = await fleet.get(id);
    if (!found.ok) throw new Error(found.problem.message);
    const plan = found.value.active.find((one) => one.plan)?.plan;
    if (plan) return plan;
    await clock.during(clock.sleep(1000));
  }
}
