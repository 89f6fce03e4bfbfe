import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Environment } from "../../lib/environment.ts";
import { childrenOf, nodesOfType, repository } from "./bicep-grammar.ts";
import { type Parameter, readBicep } from "./bicep-model.ts";

/*
 * Parameter files against the parameters of main.bicep. What azd fills in (`${NAME}`) is a text at any place of a text.
 */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const { parameters } = readBicep("infra/main.bicep");
const types = new Map(
  nodesOfType(readBicep("infra/types.bicep").root, "type_declaration").map((node) => [
    childrenOf(node)[1]?.text ?? "",
    childrenOf(node).at(-1)?.text ?? "",
  ]),
);
const files = ["infra/main.parameters.json", ...globSync("infra/parameters/*.json", { cwd: repository }).sort()];

function read(path: string): Record<string, { value: Json }> {
  return JSON.parse(readFileSync(`${repository}${path}`, "utf8")).parameters;
}

/** What is wrong with a value of a type as Bicep writes it. */
function problemsOf(type: string, value: Json, path: string): string[] {
  if (type.endsWith("?")) return value === null ? [] : problemsOf(type.slice(0, -1), value, path);
  if (type.endsWith("[]")) {
    if (!Array.isArray(value)) return [`${path}: no array`];
    return value.flatMap((item, at) => problemsOf(type.slice(0, -2), item, `${path}[${at}]`));
  }
  if (type.startsWith("'"))
    return [...type.matchAll(/'([^']*)'/g)].some(([, one]) => one === value) ? [] : [`${path}: not ${type}`];
  if (type === "object") return isObject(value) ? [] : [`${path}: no object`];
  if (type === "string" || type === "bool" || type === "int") {
    const wanted = { string: "string", bool: "boolean", int: "number" }[type];
    return typeof value === wanted ? [] : [`${path}: no ${type}`];
  }
  const declared = types.get(type);
  if (!declared) return [`${path}: there is no type ${type}`];
  const known = new Map([...declared.matchAll(/^ {2}(\w+): (.+)$/gm)].map(([, name = "", one = ""]) => [name, one]));
  if (!isObject(value)) return [`${path}: no object`];
  return [
    ...Object.keys(value)
      .filter((name) => !known.has(name))
      .map((name) => `${path}: there is no ${name}`),
    ...[...known].flatMap(([name, one]) => {
      const inside = value[name];
      if (inside !== undefined) return problemsOf(one, inside, `${path}.${name}`);
      return one.endsWith("?") ? [] : [`${path}.${name} is missing`];
    }),
  ];
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parameterProblems({ name, type, allowed }: Parameter, value: Json): string[] {
  if (allowed && !(typeof value === "string" && allowed.includes(value)))
    return [`${name}: none of ${allowed.join(", ")}`];
  return problemsOf(type, value, name);
}

describe.each(files)("%s", (path) => {
  const given = read(path);

  test("gives every parameter that is required, and none that is not there", () => {
    const required = parameters.filter(({ isRequired }) => isRequired).map(({ name }) => name);
    expect(required.filter((name) => !(name in given))).toEqual([]);
    expect(Object.keys(given).filter((name) => !parameters.some((parameter) => parameter.name === name))).toEqual([]);
  });

  test("gives values of their types", () => {
    expect(
      parameters.flatMap((one) => (given[one.name] ? parameterProblems(one, given[one.name]?.value ?? null) : [])),
    ).toEqual([]);
  });

  test("holds no secret", () => {
    const secret = parameters.filter(({ isSecure }) => isSecure).map(({ name }) => name);
    expect(Object.keys(given).filter((name) => secret.includes(name))).toEqual([]);
  });

  test("has settings that the service can use", () => {
    const settings = given.settings?.value ?? {};
    expect(Environment.safeParse(settings).error?.issues ?? []).toEqual([]);
  });
});

test("what is wrong in a parameter file is noticed", () => {
  const wrong = { regions: "westeurope", vms: [], mode: "maybe", emails: [1], extra: true };
  expect(problemsOf("alertSettings", wrong, "alerts")).toEqual([
    "alerts: there is no extra",
    "alerts.regions: no array",
    "alerts.mode: not 'report' | 'repair'",
    "alerts.emails[0]: no string",
  ]);
});
