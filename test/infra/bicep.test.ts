import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { routes } from "../../lib/http/routes.ts";
import { typeProblems, typesFolder } from "./azure-types.ts";
import { bicepFiles, nodesOfType, parseBicep, parseBicepFile, repository, syntaxErrorsOf } from "./bicep-grammar.ts";
import { propertiesOf, readBicep, stringOf, valueAt } from "./bicep-model.ts";
import { isUse, unresolvedNames, unusedNames } from "./bicep-names.ts";

/** Nobody asks for a newer compiler in the middle of what it says. */
const env = { ...process.env, AZURE_BICEP_CHECK_VERSION: "False" };

/** The compiler, as a command line; Debian's `az` would download it first, and that does not count. */
function findBicep(): string[] | null {
  const works = (command: string, ...args: string[]) => spawnSync(command, args, { env, timeout: 30_000 }).status === 0;
  if (works("bicep", "--version")) return ["bicep", "build"];
  return works("az", "bicep", "version", "--only-show-errors") ? ["az", "bicep", "build", "--file"] : null;
}

const files = bicepFiles();
const compiler = findBicep();

describe.each(files)("%s", (path) => {
  test("is Bicep", () => {
    expect(syntaxErrorsOf(parseBicepFile(path))).toEqual([]);
  });

  test("declares every name that it uses, and uses every name that it declares", () => {
    const { root } = readBicep(path);
    expect(unresolvedNames(root)).toEqual([]);
    expect(unusedNames(root)).toEqual([]);
  });

  test("gives its modules the parameters that they have, and takes outputs that they have", () => {
    const { root, modules } = readBicep(path);
    for (const { symbol, path: modulePath, body } of modules) {
      const target = posix.join(posix.dirname(path), modulePath);
      expect(files).toContain(target);
      const { parameters, outputs } = readBicep(target);
      const given = [...propertiesOf(propertiesOf(body).get("params") ?? body).keys()];
      const known = parameters.map(({ name }) => name);
      const required = parameters.filter(({ isRequired }) => isRequired).map(({ name }) => name);
      expect([symbol, given.filter((name) => !known.includes(name))]).toEqual([symbol, []]);
      expect([symbol, required.filter((name) => !given.includes(name))]).toEqual([symbol, []]);
      const taken = [...root.text.matchAll(new RegExp(`\\b${symbol}[!?]?\\.\\??outputs\\.(\\w+)`, "g"))];
      const offered = outputs.map((output) => output.children[1]?.text);
      expect([symbol, taken.map(([, name]) => name).filter((name) => !offered.includes(name))]).toEqual([symbol, []]);
    }
  });

  test("imports what other files export", () => {
    const { root } = readBicep(path);
    for (const node of nodesOfType(root, "import_functionality")) {
      const from = posix.join(posix.dirname(path), /from '(.+)'/.exec(node.text)?.[1] ?? "");
      const { text } = readBicep(from).root;
      const exported = [...text.matchAll(/@export\(\)\n(?:@.+\n)*(?:type|func|var) (\w+)/g)].map(([, name]) => name);
      const imported = nodesOfType(node, "identifier").map((one) => one.text);
      expect(imported.filter((name) => !exported.includes(name))).toEqual([]);
    }
  });

  test("loads files that exist", () => {
    const { root } = readBicep(path);
    for (const [, file = ""] of root.text.matchAll(/load(?:Json|Text)Content\('([^']+)'\)/g)) {
      expect(existsSync(`${repository}${posix.join(posix.dirname(path), file)}`), file).toBe(true);
    }
  });

  test("hands out no secret", () => {
    const { parameters, outputs } = readBicep(path);
    const secrets = parameters.filter(({ isSecure }) => isSecure).map(({ name }) => name);
    for (const output of outputs) {
      const used = nodesOfType(output, "identifier")
        .filter(isUse)
        .map(({ text }) => text);
      const read = nodesOfType(output, "property_identifier").map(({ text }) => text);
      expect(used.filter((name) => secrets.includes(name) || name.startsWith("list"))).toEqual([]);
      expect(read.filter((name) => /key|secret|password|connectionString|^list/i.test(name))).toEqual([]);
    }
  });

  test("fetches nothing from a registry of modules", () => {
    const { modules } = readBicep(path);
    expect(modules.filter((module) => /^(br|ts)[:/]/.test(module.path))).toEqual([]);
  });

  test.skipIf(typesFolder === null)("holds Azure's own types of its resources (BICEP_TYPES)", () => {
    const { resources } = readBicep(path);
    expect(resources.flatMap((resource) => typeProblems(typesFolder ?? "", resource))).toEqual([]);
  });

  test.skipIf(compiler === null)("builds without warnings (bicep or az bicep)", () => {
    const [command = "", ...args] = compiler ?? [];
    const built = spawnSync(command, [...args, `${repository}${path}`, "--stdout"], { env, encoding: "utf8" });
    expect({ status: built.status, stderr: built.stderr.trim() }).toEqual({ status: 0, stderr: "" });
  });
});

test.skipIf(!process.env.REQUIRE_BICEP)("the compiler is at hand (REQUIRE_BICEP)", () => {
  expect(compiler).not.toBeNull();
});

describe("the checks of names", () => {
  test("notice what is misspelt and what is left over", () => {
    const root = parseBicep(
      [
        "param one string",
        "var two = [for (item, at) in [one]: concat(item, at, tree)]",
        "output three array = map(twoo, x => x.y)",
      ].join("\n"),
    );
    expect(unresolvedNames(root)).toEqual(["2: tree", "3: twoo"]);
    expect(unusedNames(root)).toEqual(["two"]);
  });
});

describe("storage", () => {
  const account = readBicep("infra/modules/storage.bicep").resources.find(({ symbol }) => symbol === "account");

  test("takes no shared keys and shows nothing to the public", () => {
    const properties = account && valueAt(account.body, "properties");
    expect(properties && valueAt(properties, "allowSharedKeyAccess")?.text).toBe("false");
    expect(properties && valueAt(properties, "allowBlobPublicAccess")?.text).toBe("false");
  });
});

describe("the app", () => {
  const { resources } = readBicep("infra/modules/function-app.bicep");
  const app = resources.find(({ symbol }) => symbol === "app");
  const config = app && valueAt(app.body, "properties.functionAppConfig");

  test("runs on the Node.js for which the package is built", () => {
    const runtime = config && valueAt(config, "runtime.version");
    expect(readFileSync(`${repository}scripts/build-functions.ts`, "utf8")).toContain(
      `target: "node${stringOf(runtime)}"`,
    );
  });

  test("lets everybody ask whether it answers, and nobody anything else without a token", () => {
    const signIn = resources.find(({ symbol }) => symbol === "signIn");
    const validation = signIn && valueAt(signIn.body, "properties.globalValidation");
    expect(validation && valueAt(validation, "unauthenticatedClientAction")?.text).toBe("'Return401'");
    const open = validation && valueAt(validation, "excludedPaths")?.text;
    const everybodys = routes.filter(({ role }) => role === null).map((route) => route.path);
    expect([...(open ?? "").matchAll(/'([^']+)'/g)].map(([, path]) => path)).toEqual(everybodys);
  });
});
