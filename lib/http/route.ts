import type { z } from "zod";
import type { Problem, Result } from "../core/problem.ts";
import type { Risk } from "../core/risk.ts";
import type { VmId } from "../core/vm-id.ts";
import type { RunService } from "../runs/intake/service.ts";
import type { RunEngine } from "../runs/ports.ts";
import type { ApiRequest, ApiResponse } from "./api-message.ts";
import type { Authenticate } from "./authentication.ts";
import type { AppRole, Caller } from "./caller.ts";
import type { AlertIntake } from "./responses.ts";

/** What the API needs of the world. */
export interface ApiDeps {
  readonly service: RunService;
  readonly engine: RunEngine;
  readonly authenticate: Authenticate;
  readonly newId: () => string;
  /** Takes a notification of Azure Monitor. A problem that is not retryable is final: the alert will never be taken. */
  readonly receiveAlert: (body: unknown) => Promise<AlertIntake | Problem>;
  /** The VMs within a scope (a subscription's or resource group's id) that carry a tag. */
  readonly findVms: (tag: { name: string; value: string }, scope: string) => Promise<Result<VmId[]>>;
  /** What an error that the store has thrown means to a client; `null` for one that means a fault of ours. */
  readonly explain?: (error: unknown) => Problem | null;
  /** Told of every error that was thrown, for the log. */
  readonly onSurprise: (error: unknown, requestId: string) => void;
  readonly settings: {
    /** Where clients reach the API, when that is not where requests arrive, e.g. behind a gateway. */
    readonly publicUrl: string | null;
    readonly allowSelfApproval: boolean;
    /** What a run may do without asking, whatever its request says. */
    readonly maximumRisk: Risk;
  };
}

/** One request on its way through its route: signed in, read and found well-formed. */
export interface Call<Query, Body> {
  readonly route: Route;
  readonly routes: readonly Route[];
  readonly deps: ApiDeps;
  readonly caller: Caller;
  /** What `{id}` stands for; empty where the path has none. */
  readonly id: string;
  readonly query: Query;
  readonly body: Body;
  readonly headers: ApiRequest["headers"];
  /** What links begin with, without a slash at the end. */
  readonly base: string;
}

export interface ResponseDescription {
  readonly description: string;
  /** Nothing is in the body when it is left out. */
  readonly schema?: z.ZodType;
  readonly headers?: readonly string[];
}

/** One row of the routes table: what dispatch, the OpenAPI document and the Functions app know about a route. */
export interface Route {
  /** Unique, and the operation's id in the OpenAPI document. */
  readonly name: string;
  readonly method: "GET" | "POST";
  /** With `{id}` for the id of a run or an operation. */
  readonly path: string;
  readonly summary: string;
  /** Whoever calls must have this role; `null` asks nobody who they are. */
  readonly role: AppRole | null;
  readonly query?: z.ZodObject;
  /** Every POST has one. An empty body is read as `{}`. */
  readonly body?: z.ZodType;
  /** Starts work, and only once for one `Operation-Id`. Any other request may be sent again without one. */
  readonly once?: true;
  /** Besides the refusals that every such route has. */
  readonly answers: Readonly<Record<number, ResponseDescription>>;
  handle(call: Call<unknown, unknown>): Promise<ApiResponse>;
}

type Read<Schema> = Schema extends z.ZodType ? z.infer<Schema> : undefined;

/** A row whose handler gets what its schemas read. */
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
