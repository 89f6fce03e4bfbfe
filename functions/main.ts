import { registerEngine, registerSweeper } from "./engine.ts";
import { registerHttp } from "./http.ts";
import { registerStart } from "./start.ts";

/* The entry of the Functions app. Whatever is imported here is loaded before the first request can be served. */

registerHttp();
registerEngine();
registerSweeper();
registerStart();
