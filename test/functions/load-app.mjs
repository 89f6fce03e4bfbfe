import Module from "node:module";

/*
 * Loads the entry of the Functions app that is named on the command line, as the host's worker does: with the host's core
 * module in place. Prints what the app registers, and how long after the start of the process that was. Plain JavaScript,
 * because taking the types away takes time that is not the app's.
 */

const registered = [];
const hooks = [];

/** The host's side of the programming model; whatever the app should not need throws. */
const known = {
  hostVersion: "4.0",
  setProgrammingModel() {},
  registerFunction({ name, bindings }) {
    registered.push({ name, bindings });
    return { dispose() {} };
  },
  registerHook(name) {
    hooks.push(name);
    return { dispose() {} };
  },
};
const core = new Proxy(known, {
  get(target, name) {
    if (name in target) return target[name];
    throw new Error(`The app asks the host for ${String(name)}`);
  },
});

const load = Module._load;
Module._load = (request, ...rest) => (request === "@azure/functions-core" ? core : load(request, ...rest));

await import(process.argv[2]);
const milliseconds = performance.now();
console.log(JSON.stringify({ registered, hooks, milliseconds }));
