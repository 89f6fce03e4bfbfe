import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Language, type Node, Parser } from "web-tree-sitter";

const grammar = createRequire(import.meta.url).resolve("tree-sitter-bicep/tree-sitter-bicep.wasm");
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(readFileSync(grammar)));

export const repository = fileURLToPath(new URL("../../", import.meta.url));

function parseBicep(text: string): Node {
  const tree = parser.parse(text);
  if (!tree) throw new Error("The Bicep grammar gave no tree.");
  return tree.rootNode;
}

export function parseBicepFile(path: string): Node {
  return parseBicep(readFileSync(`${repository}${path}`, "utf8"));
}

/** Where a tree has an ERROR or a MISSING node: `line: text`. */
export function syntaxErrorsOf(node: Node): string[] {
  const here = node.isError || node.isMissing ? [`${node.startPosition.row + 1}: ${node.text.slice(0, 80)}`] : [];
  return [
    ...here,
    ...childrenOf(node)
      .filter((child) => child.hasError)
      .flatMap(syntaxErrorsOf),
  ];
}

export function nodesOfType(node: Node, ...types: string[]): Node[] {
  return node.descendantsOfType(types).filter((one) => one !== null);
}

export function childrenOf(node: Node): Node[] {
  return node.children.filter((child) => child !== null);
}
