import { registerEngine, registerSweeper } from "./engine.ts";
import { registerHttp } from "./http.ts";
import { registerStart } from "./start.ts";

/* The entry point of the Functions app. All imports here are loaded before the first request can be served. */

registerHttp();
registerEngine();
registerSweeper();
registerStart();
