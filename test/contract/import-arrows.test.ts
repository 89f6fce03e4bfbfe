import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

/*
 * The house has rooms, and arrows between them; any other arrow fails here. A room is the longest prefix of a
 * file's path in this table; its row lists the rooms that it may import, besides itself.
 */
const arrows: Record<string, string[]> = {
  "lib/core": [],
  "lib/checks": ["lib/core"],
  "lib/remediations": ["lib/core"],
  "lib/network": ["lib/core"],
  "lib/alerts": ["lib/core"],
  "lib/access": ["lib/core"],
  "lib/scan": ["lib/core"],
  "lib/rdp": ["lib/core", "lib/error-codes"],
  "lib/error-codes": ["lib/core"],
  "lib/client-checks": ["lib/core"],
  "lib/offline-repair": ["lib/core", "lib/error-codes"],
  "lib/report": ["lib/core"],
  "lib/files": [],
  "lib/guest": ["lib/core", "lib/files"],
  "lib/runs": ["lib/core", "lib/checks", "lib/remediations", "lib/guest", "lib/network", "lib/error-codes"],
  // The machine of operations over many VMs. It starts runs and reads them, as everybody else does.
  "lib/fleet": ["lib/core", "lib/runs", "lib/scan"],
  // Names and spans; who sends them is decided where the service is composed.
  "lib/telemetry": ["lib/core", "lib/runs", "lib/fleet", "lib/scan"],
  // What is told to whom. It reads runs and operations, and changes neither.
  "lib/notifications": ["lib/core", "lib/runs", "lib/fleet", "lib/scan"],
  "lib/azure": ["lib/core", "lib/runs", "lib/fleet", "lib/notifications", "lib/telemetry"],
  // Tools for language models over the API of the service.
  "lib/mcp": ["lib/core", "lib/run-view", "lib/error-codes", "lib/client"],
  // The API by itself: routes, sign-in, answers. Servers and the Functions app stand around it.
  "lib/http": [
    "lib/core",
    "lib/checks",
    "lib/remediations",
    "lib/network",
    "lib/error-codes",
    "lib/offline-repair",
    "lib/report",
    "lib/runs",
    "lib/fleet",
    "lib/scan",
    "lib/alerts",
    "lib/access",
    "lib/run-view",
    "lib/mcp",
  ],
  // The client of the API: its types are generated, and it knows nothing of the service.
  "lib/client": ["lib/core"],
  // A run as people and programs see it.
  "lib/run-view": ["lib/core", "lib/runs", "lib/offline-repair", "lib/scan"],
  "lib/durable": ["lib/core", "lib/runs", "lib/fleet"],
  "lib/local": ["lib/core", "lib/runs", "lib/fleet", "lib/http"],
  "lib/environment.ts": ["lib/core", "lib/runs", "lib/access", "lib/notifications"],
  // The pipeline of whoever owns the network.
  "lib/github": ["lib/core", "lib/runs"],
  "lib/settings.ts": ["lib/core", "lib/access", "lib/runs", "lib/github", "lib/notifications", "lib/environment.ts"],
  "lib/compose-probe.ts": ["lib/rdp", "lib/runs"],
  "lib/compose-fleet.ts": ["lib/core", "lib/access", "lib/runs", "lib/fleet", "lib/settings.ts"],
  "lib/compose-client.ts": ["lib/client", "lib/azure", "lib/settings.ts"],
  "lib/compose-notifications.ts": [
    "lib/core",
    "lib/runs",
    "lib/notifications",
    "lib/azure",
    "lib/telemetry",
    "lib/settings.ts",
  ],
  "lib/compose.ts": [
    "lib/core",
    "lib/compose-notifications.ts",
    "lib/access",
    "lib/runs",
    "lib/fleet",
    "lib/compose-fleet.ts",
    "lib/http",
    "lib/azure",
    "lib/files",
    "lib/github",
    "lib/local",
    "lib/telemetry",
    "lib/compose-probe.ts",
    "lib/settings.ts",
  ],
  "lib/compose-mcp.ts": ["lib/core", "lib/http", "lib/local", "lib/mcp", "lib/compose.ts", "lib/settings.ts"],
  "lib/compose-cloud.ts": [
    "lib/core",
    "lib/compose-notifications.ts",
    "lib/runs",
    "lib/fleet",
    "lib/compose-fleet.ts",
    "lib/http",
    "lib/azure",
    "lib/durable",
    "lib/telemetry",
    "lib/compose.ts",
    "lib/settings.ts",
  ],
  functions: ["lib/durable", "lib/http", "lib/compose-cloud.ts", "lib/settings.ts"],
  // A terminal shows what the nouns and the catalogue say, and may start a sandbox for a call.
  cli: [
    "lib/core",
    "lib/runs",
    "lib/checks",
    "lib/remediations",
    "lib/network",
    "lib/rdp",
    "lib/error-codes",
    "lib/client-checks",
    "lib/offline-repair",
    "lib/report",
    "lib/run-view",
    "lib/files",
    "lib/fleet",
    "lib/local",
    "lib/client",
    "lib/compose.ts",
    "lib/compose-client.ts",
    "lib/compose-mcp.ts",
    "lib/compose-notifications.ts",
    "lib/notifications",
    "lib/mcp",
    "lib/settings.ts",
    "sandbox",
    "package.json",
    "lib/scan",
  ],
  // The simulated Azure speaks the guest's protocol and shares the nouns; it knows nothing of runs.
  sandbox: ["lib/core", "lib/files", "lib/guest", "scripts/tools"],
  // The operator page in the browser: the client of the API, what others also draw of a run, and the vocabulary.
  app: ["lib/client", "lib/core", "lib/report"],
  "package.json": [],
  // Where the programs of other makers are: the sandbox runs one, tests run all.
  "scripts/tools": [],
  // It writes the tables of the guest's scripts.
  scripts: [
    "lib/guest",
    "lib/core",
    "lib/access",
    "lib/guest",
    "lib/checks",
    "lib/remediations",
    "lib/error-codes",
    "lib/client-checks",
    "sandbox",
    "functions",
    "lib/environment.ts",
    "lib/http",
    "lib/run-view",
    "cli",
  ],
};

/** What only one room may import from outside. */
const vendors: { pattern: RegExp; rooms: string[] }[] = [
  { pattern: /^@azure\/functions$|^durable-functions$/, rooms: ["functions"] },
  { pattern: /^@azure\//, rooms: ["lib/azure"] },
  { pattern: /^node:sqlite$/, rooms: ["lib/local"] },
  {
    pattern: /^node:(fs|fs\/promises|child_process|net|dgram|tls|http|https|dns|os)$/,
    rooms: [
      "lib/files",
      "lib/local",
      "lib/rdp",
      "lib/environment.ts",
      "lib/azure",
      // It reads host.json of its own package.
      "functions",
      "cli",
      "sandbox",
      "scripts",
      "scripts/tools",
    ],
  },
];

const files = globSync("{app,lib,cli,sandbox,scripts,functions}/**/*.ts").map((file) => file.replaceAll("\\", "/"));

function roomOf(path: string): string {
  const rooms = Object.keys(arrows).filter((room) => path === room || path.startsWith(`${room}/`));
  const room = rooms.sort((a, b) => b.length - a.length)[0];
  if (!room) throw new Error(`${path} stands in no room. Move it, or give its room a row in this table.`);
  return room;
}

/** Everything a file imports: static, dynamic and re-exports; types too, because a type is knowledge. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const found = text.matchAll(/(?:\bfrom\s*|\bimport\s*\(\s*|^import\s+)"([^"]+)"/gm);
  return [...found].map((match) => match[1] ?? "");
}

const graph = new Map(
  files.map((file) => [
    file,
    importsOf(file)
      .filter((name) => name.startsWith("."))
      .map((name) => normalize(join(dirname(file), name)).replaceAll("\\", "/")),
  ]),
);

describe("import arrows", () => {
  test.each(Object.entries(arrows).filter(([room]) => /^lib\/[\w-]+$/.test(room)))(
    "the page of the architecture has %s with its arrows",
    (room, allowed) => {
      const row = readFileSync("docs/architecture.md", "utf8").match(new RegExp(`^\\| \`${room}\` \\|.*$`, "m"))?.[0];
      const told =
        row
          ?.split("|")
          .at(-2)
          ?.match(/\b[a-z-]+\b/g) ?? [];
      const rooms = told.map((name) => `lib/${name}`).filter((name) => name in arrows);
      expect(rooms.sort()).toEqual([...allowed].sort());
      expect(row).toBeDefined();
    },
  );

  test("there are files to look at", () => {
    expect(files.length).toBeGreaterThan(20);
  });

  test.each(files)("%s imports only what its room may", (file) => {
    const room = roomOf(file);
    const allowed = [room, ...(arrows[room] ?? [])];
    const strange = (graph.get(file) ?? []).filter((target) => !allowed.includes(roomOf(target)));
    expect(strange).toEqual([]);
    const foreign = importsOf(file).filter((name) =>
      // The first pattern that fits decides.
      [vendors.find(({ pattern }) => pattern.test(name))].some((vendor) => vendor && !vendor.rooms.includes(room)),
    );
    expect(foreign).toEqual([]);
  });

  test("no file reaches itself", () => {
    const done = new Set<string>();
    function visit(file: string, path: string[]): void {
      if (path.includes(file)) throw new Error(`cycle: ${[...path.slice(path.indexOf(file)), file].join(" -> ")}`);
      if (done.has(file)) return;
      for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    }
    for (const file of files) visit(file, []);
  });
});
