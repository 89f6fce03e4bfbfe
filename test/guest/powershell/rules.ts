import type { CommandsOf51 } from "./commands-of-5.1.ts";
import { commandsOf, nodesOfType, type Script, typesOf } from "./grammar.ts";

/** A rule answers what is wrong with a script, one line for each place. */
export type Rule = (script: Script) => string[];

const lineOf = (node: { startPosition: { row: number } }) => `line ${node.startPosition.row + 1}`;

export const noSyntaxError: Rule = ({ root }) => {
  const found: string[] = [];
  const visit = (node: typeof root) => {
    if (node.isError || node.isMissing) found.push(`${lineOf(node)}: syntax error at ${node.text.slice(0, 40)}`);
    for (const child of node.children) if (child) visit(child);
  };
  visit(root);
  return found;
};

/** The ternary, ??, ?., && and || came with PowerShell 7; parallel loops need it or a workflow. */
export const noLaterSyntax: Rule = ({ root }) => [
  ...nodesOfType(root, "pipeline_chain_tail", "foreach_parameter").map((node) => `${lineOf(node)}: ${node.text}`),
  // The grammar knows none of the signs with a question mark: they are errors in it.
  ...nodesOfType(root, "ERROR")
    .filter((node) => node.text.includes("?"))
    .map((node) => `${lineOf(node)}: ${node.text}`),
];

export const asciiAlone: Rule = ({ text }) =>
  [...text.matchAll(/[^\t\n\x20-\x7e]/g)].map(
    ({ 0: sign, index }) => `U+${sign.charCodeAt(0).toString(16)} at ${index}`,
  );

/** Aliases and native programs have no dash in their names; every command of ours and of PowerShell has. */
export const noAlias: Rule = ({ root }) =>
  commandsOf(root)
    .filter(({ name }) => name !== null && name !== "using" && !/^[A-Z][A-Za-z]*-[A-Z][A-Za-z0-9]*$/.test(name))
    .map(({ name, node }) => `${lineOf(node)}: ${name}`);

const talkative = ["read-host", "write-host", "get-credential", "out-host", "pause"];

export const noTalk: Rule = ({ root }) =>
  commandsOf(root)
    .filter(({ name }) => talkative.includes(name?.toLowerCase() ?? ""))
    .map(({ name, node }) => `${lineOf(node)}: ${name}`);

export const noExitInFunction: Rule = ({ root }) =>
  nodesOfType(root, "function_statement")
    .flatMap((declared) => nodesOfType(declared, "flow_control_statement"))
    .filter((node) => /^exit\b/i.test(node.text))
    .map((node) => `${lineOf(node)}: ${node.text}`);

/** The composer keeps texts as they are, and takes a text in a text for the end of the outer one. */
export const noTextInText: Rule = ({ root }) =>
  nodesOfType(root, "expandable_string_literal")
    .filter((outer) => nodesOfType(outer, "expandable_string_literal").length > 1)
    .map((outer) => `${lineOf(outer)}: ${outer.text}`);

/** A list of one that a statement or a command hands over is no list any more, and its Count an error in strict mode. */
export const countedListsAreLists: Rule = ({ root }) =>
  nodesOfType(root, "function_statement").flatMap((declared) => {
    const counted = new Set([...declared.text.matchAll(/(\$\w+)\.Count\b/g)].map(([, name]) => name));
    return nodesOfType(declared, "assignment_expression")
      .map((node) => ({
        node,
        match: /^(\$\w+) = (?:(?:if|for|foreach|switch|while) ?\(|[A-Z][A-Za-z]*-[A-Z])/.exec(node.text),
      }))
      .filter(({ match }) => match && counted.has(match[1] ?? ""))
      .map(({ node }) => `${lineOf(node)}: ${node.text.slice(0, 60)}`);
  });

// What a call leads to is decided by the text of a script alone.
export const noInvokeExpression: Rule = ({ root }) => [
  ...commandsOf(root)
    .filter(({ name }) => /^(invoke-expression|invoke-command|start-job|start-process)$/i.test(name ?? ""))
    .map(({ name, node }) => `${lineOf(node)}: ${name}`),
  ...typesOf(root).filter((type) => /^(scriptblock|powershell)$/i.test(type)),
];

const commonParameters = ["erroraction", "warningaction", "verbose", "debug", "errorvariable", "outvariable"];

/** Every command is one of ours or one that 5.1 has, with the parameters that it has there, in full. */
export function knownCommands(ours: ReadonlySet<string>, commands: CommandsOf51): Rule {
  return ({ root }) =>
    commandsOf(root).flatMap(({ name, parameters, node }) => {
      if (name === null || name === "using" || ours.has(name)) return [];
      const known = commands.get(name.toLowerCase());
      if (!known) return [`${lineOf(node)}: no command ${name}`];
      const names = [...known.parameters.map((one) => one.toLowerCase()), ...commonParameters];
      return parameters
        .filter((parameter) => !names.includes(parameter.toLowerCase()))
        .map((parameter) => `${lineOf(node)}: ${name} has no parameter -${parameter}`);
    });
}

const compiledModules = /^(Microsoft\.PowerShell\.\w+|CimCmdlets)$/;

/** Functions of modules do not see the preferences of a script, so their errors would not stop it. */
export function statedErrorAction(commands: CommandsOf51): Rule {
  return ({ root }) =>
    commandsOf(root)
      .filter(({ name, parameters }) => {
        const known = commands.get(name?.toLowerCase() ?? "");
        return known && !compiledModules.test(known.module) && !parameters.includes("ErrorAction");
      })
      .map(({ name, node }) => `${lineOf(node)}: ${name} without -ErrorAction Stop`);
}

const pureCommands = [
  "Where-Object",
  "ForEach-Object",
  "Select-Object",
  "Sort-Object",
  "Group-Object",
  "Set-StrictMode",
];
const pureTypes =
  /^(string|regex|array|ordered|char|int|long|bool|byte|switch|datetime|cultureinfo|System\.(ComponentModel\.Win32Exception|DateTimeOffset|BitConverter|Convert|StringComparer|Text\.Encoding|Collections\.IDictionary|Xml\.[A-Za-z]+|Runtime\.Serialization\.Json\.JsonReaderWriterFactory)|MemoryStream|StreamReader|GZipStream|CompressionMode|CompressionLevel|SHA256CryptoServiceProvider)$/i;

/** Outside of the region that touches Windows: only its functions, our own, and what computes and nothing else. */
export function windowsThroughTheAdapterAlone(callable: ReadonlySet<string>): Rule {
  return ({ root }) => [
    ...commandsOf(root)
      .filter(({ name, node }) => {
        if (name === null || name === "using" || callable.has(name) || pureCommands.includes(name)) return false;
        return !/^Add-Type -AssemblyName System\.Runtime\.Serialization$/.test(node.text.trim());
      })
      .map(({ name, node }) => `${lineOf(node)}: ${name}`),
    ...typesOf(root)
      .filter((type) => !pureTypes.test(type))
      .map((type) => `[${type}]`),
    ...nodesOfType(root, "variable")
      .filter((variable) => /^\$(env|function|global):/i.test(variable.text))
      .map((variable) => `${lineOf(variable)}: ${variable.text}`),
  ];
}
