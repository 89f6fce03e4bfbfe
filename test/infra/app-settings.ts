import { type Expression, parseExpression } from "./arm-expression.ts";
import type { Json } from "./bicep-compiler.ts";
import { valueAt } from "./whole-deployment.ts";

/* The names of the app's settings, followed through the compiled main.bicep: from the app's `appsettings` to all that is united in them. */

export interface SettingNames {
  /** What follows from where the app stands, whether or not it is switched on. */
  readonly derived: readonly string[];
  /** What whoever deploys may choose. */
  readonly chosen: readonly string[];
}

/** A template, and the names that come in by a parameter of it. */
interface Context {
  readonly template: Json;
  readonly parameter: (name: string) => SettingNames;
}

/** Takes the compiled main.bicep; throws where settings come from something that is not followed here. */
export function settingNames(main: Json): SettingNames {
  const outer: Context = { template: main, parameter: (name) => ({ derived: [], chosen: propertiesOf(main, name) }) };
  const app = moduleOf(main, "app");
  const inner: Context = {
    template: valueAt(app, "template"),
    parameter: (name) => namesIn(valueAt(app, `parameters.${name}.value`), outer),
  };
  return namesIn(valueAt(inner.template, "resources.app::appSettings.properties"), inner);
}

/** The names of the settings that a module puts out. */
export function settingsOfModule(main: Json, name: string): readonly string[] {
  return namesOfModule(main, name, "settings").derived;
}

function namesOfModule(main: Json, name: string, output: string): SettingNames {
  const template = valueAt(moduleOf(main, name), "template");
  const parameter = (): never => {
    throw new Error(`The settings of ${name} come from a parameter.`);
  };
  return namesIn(valueAt(template, `outputs.${output}.value`), { template, parameter });
}

function moduleOf(main: Json, name: string): Json {
  return valueAt(main, `resources.${name}.properties`);
}

function propertiesOf(template: Json, parameter: string): string[] {
  const type = String(valueAt(template, `parameters.${parameter}.$ref`)).replace("#/definitions/", "");
  return Object.keys(valueAt(template, `definitions.${type}.properties`) ?? {});
}

function namesIn(value: Json, context: Context): SettingNames {
  if (typeof value === "string") return namesOf(parseExpression(value), context);
  return { derived: Object.keys(value ?? {}), chosen: [] };
}

function namesOf(expression: Expression, context: Context): SettingNames {
  if (expression.kind === "call") {
    const { name, arguments: given } = expression;
    const [first] = given;
    const text = first?.kind === "literal" ? String(first.value) : null;
    if (name === "union") return together(given.map((one) => namesOf(one, context)));
    if (name === "if") return together(given.slice(1).map((one) => namesOf(one, context)));
    if (name === "createObject") return { derived: given.filter((_, at) => at % 2 === 0).map(textOf), chosen: [] };
    if (name === "variables" && text) return namesIn(valueAt(context.template, `variables.${text}`), context);
    if (name === "parameters" && text) return context.parameter(text);
  }
  const output = outputOf(expression);
  if (output) return namesOfModule(context.template, output.module, output.name);
  throw new Error(`Settings come from what is not followed here: ${JSON.stringify(expression).slice(0, 200)}`);
}

/** `reference('module').outputs.name.value` */
function outputOf(expression: Expression): { module: string; name: string } | null {
  const path: string[] = [];
  let inner = expression;
  for (; inner.kind === "member" && typeof inner.name === "string"; inner = inner.of) path.unshift(inner.name);
  const [outputs, name, value] = path;
  if (inner.kind !== "call" || inner.name !== "reference" || outputs !== "outputs" || value !== "value") return null;
  return { module: inner.arguments.slice(0, 1).map(textOf).join(), name: name ?? "" };
}

function textOf(expression: Expression): string {
  if (expression.kind !== "literal") throw new Error(`Not a text: ${JSON.stringify(expression).slice(0, 200)}`);
  return String(expression.value);
}

function together(all: readonly SettingNames[]): SettingNames {
  return { derived: all.flatMap(({ derived }) => derived), chosen: all.flatMap(({ chosen }) => chosen) };
}
