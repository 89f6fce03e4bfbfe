import { routes } from "../lib/http/routes.ts";

/** What the host has to know of a route before the first request. A bundle has this as data, and the routes asleep. */
export const httpTriggers = routes.map(({ name, method, path }) => ({ name, method, path }));
