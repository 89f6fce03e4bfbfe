import type { z } from "zod";
import type { Access } from "../access/access-rules.ts";
import type { Problem } from "../core/problem.ts";
import type { Risk } from "../core/risk.ts";
import type { FleetEngine } from "../fleet/fleet-engine.ts";
import type { FleetInventory, OperationStore } from "../fleet/ports.ts";
import type { RunService } from "../runs/intake/service.ts";
import type { RunEngine } from "../runs/ports.ts";
import type { Admission } from "./admission.ts";
import type { ApiRequest, ApiResponse } from "./api-message.ts";
import type { AppRole } from "./app-roles.ts";
import type { Authenticate } from "./authentication.ts";
import type { Budget } from "./budget.ts";
import type { Caller } from "./caller.ts";
import type { Health } from "./health.ts";
import type { ServePage } from "./operator-page.ts";
import type { AlertIntake } from "./responses.ts";

/** The dependencies of the API. */
export interface ApiDeps {
  readonly service: RunService;
  readonly engine: RunEngine;
  readonly authenticate: Authenticate;
  readonly newId: () => string;
  /** The clock of new operations; the machine's when absent. */
  readonly now?: () => Date;
  /** Lets time go by, in milliseconds; the machine's when absent. */
  readonly wait?: (milliseconds: number) => Promise<void>;
  /** Accepts a notification of Azure Monitor. A problem that is not retryable is final. */
  readonly receiveAlert: (body: unknown) => Promise<AlertIntake | Problem>;
  /** How many alerts are worked on at once; absent: all of them. */
  readonly alertAdmission?: Admission;
  /** Operations over many VMs. */
  readonly fleet: {
    readonly engine: FleetEngine;
    readonly store: Pick<OperationStore, "listOperations" | "targetsOf" | "resultsOf">;
    /** Which machines match a tag, a scope or a query: for runs by tag as for operations. */
    readonly inventory: FleetInventory;
  };
  /** Converts an error of the store into a problem; `null` for an unexpected error. */
  readonly explain?: (error: unknown) => Problem | null;
  /** What keeps the service from working now; absent: nothing is checked. */
  readonly health?: Health;
  /** Who may do what on which VMs; absent: whoever has the app role, on all of them. */
  readonly access?: Access;
  /** What each caller may use in an hour; absent: as much as they like. */
  readonly budgets?: { readonly runs: Budget; readonly vmLists: Budget };
  /**
   * Where people sign in: the tenant at its authority, and the delegated permission to ask for. Absent: the service knows who
   * calls without a sign-in.
   */
  readonly signIn?: { readonly authority: string; readonly scope: string };
  /** Serves the operator page; absent: there is none. */
  readonly page?: ServePage;
  /** Called with every error that was thrown, for the log. */
  readonly onSurprise: (error: unknown, requestId: string) => void;
  readonly settings: {
    /** The public URL of the API, if it differs from the URL of the requests, e.g. behind a gateway. */
    readonly publicUrl: string | null;
    readonly allowSelfApproval: boolean;
    /** The highest risk that a run takes without a decision, whatever its request says. */
    readonly maximumRisk: Risk;
  };
}

/** One authenticated and validated request. */
export interface Call<Query, Body> {
  readonly route: Route;
  readonly routes: readonly Route[];
  readonly deps: ApiDeps;
  readonly caller: Caller;
  /** The value of `{id}`; empty when the path has none. */
  readonly id: string;
  readonly query: Query;
  readonly body: Body;
  readonly headers: ApiRequest["headers"];
  /** The base URL of links, without a trailing slash. */
  readonly base: string;
  /** The API itself, for a route that asks others in the name of its caller. */
  readonly api: (request: ApiRequest) => Promise<ApiResponse>;
}

export interface ResponseDescription {
  readonly description: string;
  /** Nothing is in the body when it is left out, unless `file` says what is. */
  readonly schema?: z.ZodType;
  /** The body is a file of this media type, e.g. `application/zip`, or of one of these. */
  readonly file?: string | readonly string[];
  readonly headers?: readonly string[];
}

/** The groups of operations in the OpenAPI document. */
export const tags = {
  Runs: "One VM, one intent, one id: diagnose, repair, decide, undo.",
  Operations: "One request about many VMs, in waves.",
  Alerts: "For action groups of Azure Monitor.",
  Agents: "For language models: the Model Context Protocol.",
  Reference: "What the service knows and whether it can work; changes nothing.",
} as const;

/** One row of the routes table: what dispatch, the OpenAPI document and the Functions app know about a route. */
export interface Route {
  /** Unique, and the operation's id in the OpenAPI document. */
  readonly name: string;
  readonly method: "GET" | "POST";
  /** With `{id}` for the id of a run or an operation. */
  readonly path: string;
  readonly summary: string;
  /** The group of the operation in the OpenAPI document. */
  readonly tag: keyof typeof tags;
  /** The required app role; `null` for routes without authentication. */
  readonly role: AppRole | null;
  readonly query?: z.ZodObject;
  /** Every POST has one. An empty body is read as `{}`. */
  readonly body?: z.ZodType;
  /** Starts work, once per `Operation-Id`. All other requests are idempotent without it. */
  readonly once?: true;
  /** In addition to the error responses that every such route has. */
  readonly answers: Readonly<Record<number, ResponseDescription>>;
  handle(call: Call<unknown, unknown>): Promise<ApiResponse>;
}

type Read<Schema> = Schema extends z.ZodType ? z.infer<Schema> : undefined;

/** Defines a row. Its handler gets the input that its schemas have validated. */
export function defineRoute<
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  row: Omit<Route, "handle" | "query" | "body"> & {
    readonly query?: Query;
    readonly body?: Body;
    handle(call: Call<Read<Query>, Read<Body>>): Promise<ApiResponse>;
  },
): Route {
  // Dispatch calls a handler only with what the row's own schemas have read.
  return row as unknown as Route;
}
