import { parseArgs } from "node:util";
import type { Result } from "../lib/core/problem.ts";
import { type CommandName, commandNames, commandOf } from "./command-table.ts";
import { type FlagName, flagNames, flagOf } from "./flags.ts";
import type { Options } from "./options.ts";
import { refuse } from "./refuse.ts";
import { suggest } from "./suggest.ts";

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

/**
 * Parses a command line without the program's name. Invalid command lines are `invalid-input`. The schemas of the flags
 * are loaded only for a command, because the help must not wait for them.
 */
export async function readArguments(argv: readonly string[]): Promise<Result<Invocation>> {
  // Not strict: the messages of parseArgs name neither the nearest known flag nor the command.
  const { tokens } = parseArgs({ args: protectNumbers(argv), options: parserOptions, strict: false, tokens: true });
  const positionals = tokens.filter((token) => token.kind === "positional").map((token) => token.value);
  const given = tokens.filter((token) => token.kind === "option");
  if (given.some(({ name }) => name === "version")) return { ok: true, value: { kind: "version" } };

  const words = positionals[0] === "help" ? positionals.slice(1) : positionals;
  const { command, name, rest, near } = commandIn(words);
  if (name !== undefined && command === undefined) {
    return refuse(`There is no command "${name}". ${suggest(name, near)}`);
  }
  if (positionals[0] === "help" || given.some(({ name }) => name === "help" || name === "h")) {
    return { ok: true, value: { kind: "help", command, asked: true } };
  }
  if (!command) {
    const [first] = given;
    if (!first) return { ok: true, value: { kind: "help", command, asked: false } };
    return refuse(
      flagNames.some((known) => known === first.name)
        ? `${first.rawName} needs a command in front of it. --help lists the commands.`
        : `There is no command here, and no flag ${first.rawName}. --help lists the commands.`,
    );
  }
  const { operand: takesOperand, joinsArguments } = commandOf(command);
  const operands = joinsArguments && rest.length > 0 ? [rest.join(" ")] : rest;
  const excess = operands[takesOperand ? 1 : 0];
  if (excess !== undefined) {
    return refuse(`"${excess}" is one argument too many for ${command}. Quote arguments that contain spaces.`);
  }

  const values = readFlags(command, given);
  if (!values.ok) return values;
  const { readOptions } = await import("./options.ts");
  const options = readOptions(values.value);
  if (!options.ok) return options;
  return { ok: true, value: { kind: "command", command, operand: operands[0], options: options.value } };
}

/** The command that the first word names, or the first two: `fleet repair`. */
function commandIn(words: readonly string[]) {
  const [first, second] = words;
  const pairs = commandNames.filter((one) => one.startsWith(`${first} `));
  const isPair = pairs.length > 0;
  const name = isPair && second !== undefined ? `${first} ${second}` : first;
  const command = commandNames.find((one) => one === name);
  return { command, name, rest: words.slice(isPair ? 2 : 1), near: isPair ? pairs : commandNames };
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
    flagNames.map((name) => {
      const { value, short } = flagOf(name);
      return [name, { type: value ? ("string" as const) : ("boolean" as const), ...(short && { short }) }];
    }),
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

type Values = Partial<Record<FlagName, string | boolean>>;

function readFlags(command: CommandName, given: readonly Given[]): Result<Values> {
  const allowed: readonly FlagName[] = commandOf(command).flags;
  const values: Values = {};
  for (const { rawName, name: typed, value, inlineValue } of given) {
    const name = flagNames.find((known) => known === typed);
    if (!name) {
      const near = suggest(
        rawName,
        allowed.map((known) => `--${known}`),
      );
      return refuse(`There is no flag ${rawName}. ${near}`);
    }
    if (!allowed.includes(name)) return refuse(`${command} has no flag --${name}.`);
    const { value: placeholder, list } = flagOf(name);
    if (!placeholder) {
      if (value !== undefined) return refuse(`--${name} takes no value.`);
      values[name] = true;
      continue;
    }
    if (value === undefined || (!inlineValue && value.startsWith("-"))) {
      return refuse(`--${name} needs a value: --${name} ${placeholder}.`);
    }
    values[name] = list && values[name] ? `${values[name]},${value}` : value;
  }
  return { ok: true, value: values };
}
