import { intakeRoutes } from "./intake-routes.ts";
import { operationRoutes } from "./operation-routes.ts";
import { referenceRoutes } from "./reference-routes.ts";
import type { Route } from "./route.ts";
import { runRoutes } from "./run-routes.ts";

/** Every route once. Dispatch, the OpenAPI document and what serves the API are derived from this table. */
export const routes: readonly Route[] = [...runRoutes, ...operationRoutes, ...intakeRoutes, ...referenceRoutes];
