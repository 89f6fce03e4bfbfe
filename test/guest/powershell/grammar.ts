import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Language, type Node, Parser } from "web-tree-sitter";

const grammar = createRequire(import.meta.url).resolve("tree-sitter-powershell/tree-sitter-powershell.wasm");
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(readFileSync(grammar)));

/** One PowerShell text, parsed. */
export interface Script {
  readonly text: string;
  readonly root: Node;
}

export function parseScript(text: string): Script {
  const tree = parser.parse(text);
  if (!tree) throw new Error("The PowerShell grammar gave no tree.");
  return { text, root: tree.rootNode };
}

export function nodesOfType(node: Node, ...types: string[]): Node[] {
  return node.descendantsOfType(types).filter((one) => one !== null);
}

export interface Command {
  /** As written; `null` when it is only known at run time, as in `& $work`. */
  readonly name: string | null;
  /** Names of the parameters as written, without the dash. */
  readonly parameters: string[];
  readonly node: Node;
}

/** Every command that is called, wherever: in blocks, in texts, in default values. */
export function commandsOf(node: Node): Command[] {
  return nodesOfType(node, "command").map((command) => ({
    name: command.children.find((child) => child?.type === "command_name")?.text ?? null,
    parameters: (command.children.find((child) => child?.type === "command_elements")?.children ?? [])
      .filter((child) => child?.type === "command_parameter")
      .map((child) => child?.text.replace(/^-|:$/g, "") ?? ""),
    node: command,
  }));
}

/** Names of the functions that are declared, each with the names of its parameters. */
export function functionsOf(node: Node): { name: string; parameters: string[] }[] {
  return nodesOfType(node, "function_statement").map((declared) => ({
    name: declared.children.find((child) => child?.type === "function_name")?.text ?? "",
    parameters: ((declared.children.find((child) => child?.type === "function_parameter_declaration") ?? null)
      ? nodesOfType(declared, "script_parameter").filter((one) => ownerOf(one)?.id === declared.id)
      : []
    ).map((one) => one.children.find((child) => child?.type === "variable")?.text.slice(1) ?? ""),
  }));
}

/** The function or script block to which a parameter belongs. */
function ownerOf(parameter: Node): Node | null {
  let node = parameter.parent;
  while (node && node.type !== "function_statement" && node.type !== "script_block_expression") node = node.parent;
  return node;
}

/** The names of the types that are mentioned, without brackets and array signs. */
export function typesOf(node: Node): string[] {
  return nodesOfType(node, "type_literal").map((literal) => literal.text.slice(1, -1).replace(/\[\]$/, ""));
}
