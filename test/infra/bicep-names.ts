import type { Node } from "web-tree-sitter";
import { childrenOf, nodesOfType } from "./bicep-grammar.ts";

/*
 * Whether every name that a Bicep file uses is declared. Without the compiler this is the only thing that would notice a
 * misspelt symbol.
 */

/** Functions and namespaces of Bicep that this repository uses; a name that is not here is added, or is a mistake. */
const builtIn = new Set(
  `allowed cidrSubnet concat contains dateTimeToEpoch description empty environment export fail filter guid int join last loadJsonContent
   loadTextContent map max maxLength maxValue metadata min minLength minValue replace resourceGroup sealed secure split
   startsWith string subscription subscriptionResourceId take toLower union uniqueString utcNow`.split(/\s+/),
);

const declarations = [
  "parameter_declaration",
  "variable_declaration",
  "resource_declaration",
  "module_declaration",
  "user_defined_function",
  "type_declaration",
];

/** Names that are used and neither declared nor built in: `line: name`. */
export function unresolvedNames(root: Node): string[] {
  const declared = new Set([...nodesOfType(root, ...declarations).map(nameOf), ...importedNames(root)]);
  return nodesOfType(root, "identifier")
    .filter((node) => isUse(node) && !declared.has(node.text) && !builtIn.has(node.text) && !isLocal(node))
    .map((node) => `${node.startPosition.row + 1}: ${node.text}`);
}

/** Declared and never used; of types and functions too. */
export function unusedNames(root: Node): string[] {
  const used = new Set(
    nodesOfType(root, "identifier")
      .filter(isUse)
      .map(({ text }) => text),
  );
  // A resource or a module is there for its own sake, and what is exported for that of others.
  const declared = nodesOfType(root, ...declarations)
    .filter(({ type }) => type !== "resource_declaration" && type !== "module_declaration")
    .filter((node) => !node.previousSibling?.text.includes("@export()"));
  return [...declared.map(nameOf), ...importedNames(root)].filter((name) => !used.has(name));
}

/** Names that other files of this repository export. */
function importedNames(root: Node): string[] {
  return nodesOfType(root, "import_functionality").flatMap((node) =>
    nodesOfType(node, "identifier").map(({ text }) => text),
  );
}

function nameOf(declaration: Node): string {
  return childrenOf(declaration).find((child) => child.type === "identifier")?.text ?? "";
}

/** An identifier that stands for something else: no name of a declaration, a property or a parameter. */
export function isUse(node: Node): boolean {
  const { parent } = node;
  if (!parent) return false;
  const isFirst = childrenOf(parent).find((child) => child.type === "identifier")?.id === node.id;
  if ([...declarations, "output_declaration", "metadata_declaration", "parameter"].includes(parent.type))
    return !isFirst;
  if (parent.type === "import_functionality") return false;
  if (parent.type === "object_property") return childrenOf(parent)[0]?.id !== node.id;
  if (parent.type === "for_statement") return parent.childForFieldName("initializer")?.id !== node.id;
  if (parent.type === "resource_expression") return parent.childForFieldName("resource")?.id !== node.id;
  return true;
}

/** A variable of a loop, a lambda or a function around it. The grammar ends a lambda early, so its call counts. */
function isLocal(node: Node): boolean {
  for (let around = node.parent; around; around = around.parent) {
    if (localsOf(around).includes(node.text)) return true;
  }
  return false;
}

function localsOf(node: Node): string[] {
  if (node.type === "for_statement") {
    const initializer = node.childForFieldName("initializer");
    return initializer
      ? [initializer.text]
      : nodesOfType(node, "loop_variable", "loop_enumerator").map(({ text }) => text);
  }
  if (node.type === "user_defined_function") return nodesOfType(node, "parameter").map(nameOf);
  if (node.type !== "arguments") return [];
  return nodesOfType(node, "lambda_expression").flatMap((lambda) => {
    const [left] = childrenOf(lambda);
    return left?.type === "identifier"
      ? [left.text]
      : nodesOfType(left ?? lambda, "identifier").map(({ text }) => text);
  });
}
