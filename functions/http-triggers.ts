import { routes } from "../lib/http/routes.ts";

/**
 * What the host needs to know of a route before the first request. The bundle has it as data and loads the routes
 * later.
 */
export const httpTriggers = routes.map(({ name, method, path }) => ({ name, method, path }));
