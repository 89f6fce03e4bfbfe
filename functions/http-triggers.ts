import { routes } from "../lib/http/routes.ts";

/**
 * The data of the routes that the host needs before the first request. The bundle contains this data and loads the
 * routes later.
 */
export const httpTriggers = routes.map(({ name, method, path }) => ({ name, method, path }));
