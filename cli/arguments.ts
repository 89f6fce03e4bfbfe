import { parseArgs } from "node:util";
import { z } from "zod";
import { fail, ok, type Result } from "../lib/core/problem.ts";
import { type CommandName, commandNames, commandOf } from "./command-table.ts";
import { type FlagName, flagNames, flagOf, flags, type Options } from "./flags.ts";

/** A parsed command line. `operand` is the VM or the run that the command is about. */
export type Invocation =
  /** `asked`: the user asked for help; `false`: the command line was empty. */
  | { readonly kind: "help"; readonly command: CommandName | undefined; readonly asked: boolean }
  | { readonly kind: "version" }
  | {
      readonly kind: "command";
      readonly command: CommandName;
      readonly operand: string | undefined;
      readonly options: Options;
    };

/** Parses a command line without the program's name. Invalid command lines are `invalid-input`. */
export function readArguments(argv: readonly string[]): Result<Invocation> {
  // Not strict: the messages of parseArgs name neither the nearest known flag nor the command.
  const { tokens } = parseArgs({ args: protectNumbers(argv), options: parserOptions, strict: false, tokens: true });
  const positionals = tokens.filter((token) => token.kind === "positional").map((token) => token.value);
  const given = tokens.filter((token) => token.kind === "option");
  if (given.some(({ name }) => name === "version")) return ok({ kind: "version" });

  const [first, ...rest] = positionals[0] === "help" ? [positionals[1]] : positionals;
  const command = commandNames.find((name) => name === first);
  if (first !== undefined && command === undefined) {
    return fail("invalid-input", `There is no command "${first}". ${suggest(first, commandNames)}`);
  }
  if (positionals[0] === "help" || given.some(({ name }) => name === "help" || name === "h")) {
    return ok({ kind: "help", command, asked: true });
  }
  if (!command) return ok({ kind: "help", command, asked: false });
  const { operand: takesOperand, joinsArguments } = commandOf(command);
  const operands = joinsArguments && rest.length > 0 ? [rest.join(" ")] : rest;
  const excess = operands[takesOperand ? 1 : 0];
  if (excess !== undefined) {
    return fail(
      "invalid-input",
      `"${excess}" is one argument too many for ${command}. Quote arguments that contain spaces.`,
    );
  }

  const options = readFlags(command, given);
  return options.ok ? ok({ kind: "command", command, operand: operands[0], options: options.value }) : options;
}

/** A negative number is an argument of a command that joins its arguments: an HRESULT, as some logs write it. */
function protectNumbers(argv: readonly string[]): string[] {
  const first = argv.find((one) => !one.startsWith("-"));
  const joins = commandNames.find((name) => name === first);
  if (!joins || !commandOf(joins).joinsArguments || argv.includes("--")) return [...argv];
  const isNumber = (one: string) => /^-\d+$/.test(one);
  return argv.some(isNumber) ? [...argv.filter((one) => !isNumber(one)), "--", ...argv.filter(isNumber)] : [...argv];
}

const parserOptions = {
  ...Object.fromEntries(
    flagNames.map((name) => [name, { type: flagOf(name).value ? ("string" as const) : ("boolean" as const) }]),
  ),
  help: { type: "boolean" as const, short: "h" },
  version: { type: "boolean" as const },
};

interface Given {
  readonly rawName: string;
  readonly name: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function readFlags(command: CommandName, given: readonly Given[]): Result<Options> {
  const allowed: readonly FlagName[] = commandOf(command).flags;
  const values: Partial<Record<FlagName, string | boolean>> = {};
  for (const { rawName, name: typed, value, inlineValue } of given) {
    const name = flagNames.find((known) => known === typed);
    if (!name) {
      const near = suggest(
        rawName,
        allowed.map((known) => `--${known}`),
      );
      return fail("invalid-input", `There is no flag ${rawName}. ${near}`);
    }
    if (!allowed.includes(name)) return fail("invalid-input", `${command} has no flag --${name}.`);
    const { value: placeholder, list } = flagOf(name);
    if (!placeholder) {
      if (value !== undefined) return fail("invalid-input", `--${name} takes no value.`);
      values[name] = true;
      continue;
    }
    if (value === undefined || (!inlineValue && value.startsWith("-"))) {
      return fail("invalid-input", `--${name} needs a value: --${name} ${placeholder}.`);
    }
    values[name] = list && values[name] ? `${values[name]},${value}` : value;
  }
  return checkValues(values);
}

const shapes = z.object(Object.fromEntries(flagNames.map((name) => [name, flags[name].schema])));

function checkValues(values: Partial<Record<FlagName, string | boolean>>): Result<Options> {
  const parsed = shapes.safeParse(values);
  // The schema and the type Options are built from the same table.
  if (parsed.success) return ok(parsed.data as Options);
  const issue = parsed.error.issues[0];
  const name = flagNames.find((known) => known === issue?.path[0]) ?? "json";
  return fail("invalid-input", `--${name} ${JSON.stringify(values[name])} cannot be used: ${reasonOf(issue)}.`);
}

function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  return issue?.code === "invalid_value" ? `choose one of ${issue.values.join(", ")}` : `it ${issue?.message}`;
}

/** Suggests the nearest known name; lists all names when none is near. */
function suggest(typed: string, known: readonly string[]): string {
  const nearest = known
    .map((name) => ({ name, distance: editDistance(typed.toLowerCase(), name) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (nearest && nearest.distance <= 2) return `Did you mean ${nearest.name}?`;
  return known.length > 0 ? `There are: ${known.join(", ")}.` : "";
}

/** Levenshtein distance: the number of letters to change, add or drop. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
