import type { Node } from "web-tree-sitter";
import { childrenOf, nodesOfType, parseBicepFile } from "./bicep-grammar.ts";

/*
 * What a Bicep file declares and uses, read from its tree: as much of the compiler as a test needs where there is none.
 */

export interface BicepFile {
  readonly path: string;
  readonly root: Node;
  readonly parameters: readonly Parameter[];
  readonly resources: readonly Resource[];
  readonly modules: readonly Module[];
  readonly outputs: readonly Node[];
}

export interface Parameter {
  readonly name: string;
  /** As written, e.g. `string`, `target[]`. */
  readonly type: string;
  readonly isRequired: boolean;
  readonly isSecure: boolean;
  /** The values of `@allowed`, or `null`. */
  readonly allowed: readonly string[] | null;
}

export interface Resource {
  readonly symbol: string;
  /** With that of the resource around it, e.g. `Microsoft.Storage/storageAccounts/blobServices@2025-01-01`. */
  readonly type: string;
  readonly isExisting: boolean;
  readonly isNested: boolean;
  readonly body: Node;
}

export interface Module {
  readonly symbol: string;
  readonly path: string;
  readonly body: Node;
}

export function readBicep(path: string): BicepFile {
  const root = parseBicepFile(path);
  return {
    path,
    root,
    parameters: parametersOf(root),
    resources: nodesOfType(root, "resource_declaration").map(resourceOf),
    modules: nodesOfType(root, "module_declaration").map((node) => ({
      symbol: identifierOf(node),
      path: textOf(node, "string"),
      body: bodyOf(node),
    })),
    outputs: nodesOfType(root, "output_declaration"),
  };
}

function parametersOf(root: Node): Parameter[] {
  const statements = childrenOf(root);
  return statements.flatMap((node, at) => {
    if (node.type !== "parameter_declaration") return [];
    const before = statements[at - 1];
    const decorators = before?.type === "decorators" ? childrenOf(before).map(({ text }) => text) : [];
    const allowed = decorators.find((text) => text.startsWith("@allowed("));
    const type = childrenOf(node).find((child) => child.type === "type")?.text ?? "";
    return {
      name: identifierOf(node),
      type,
      isRequired: !childrenOf(node).some((child) => child.type === "=") && !type.endsWith("?"),
      isSecure: decorators.includes("@secure()"),
      allowed: allowed ? [...allowed.matchAll(/'([^']*)'/g)].map(([, value = ""]) => value) : null,
    };
  });
}

function resourceOf(node: Node): Resource {
  const around = resourceAround(node);
  const [type = "", version] = textOf(node, "string").split("@");
  const [outer = "", outerVersion] = around?.type.split("@") ?? [];
  return {
    symbol: identifierOf(node),
    type: `${around ? `${outer}/${type}` : type}@${version ?? outerVersion}`,
    isExisting: childrenOf(node).some((child) => child.type === "existing"),
    isNested: around !== null,
    body: bodyOf(node),
  };
}

function resourceAround(node: Node): Resource | null {
  let around = node.parent;
  while (around && around.type !== "resource_declaration") around = around.parent;
  return around && resourceOf(around);
}

/** The object that a resource, a module, or each of a loop of them is. */
function bodyOf(node: Node): Node {
  const body = childrenOf(node).find(({ type }) => ["object", "if_statement", "for_statement"].includes(type));
  if (!body) throw new Error(`No body: ${node.text.slice(0, 80)}`);
  return body.type === "object" ? body : bodyOf(body);
}

/** Properties of an object by name, as the nodes of their values. */
export function propertiesOf(object: Node): Map<string, Node> {
  const properties = childrenOf(object).filter((child) => child.type === "object_property");
  return new Map(
    properties.flatMap((property) => {
      const [name, , value] = childrenOf(property);
      return name && value ? [[name.text.replace(/^'|'$/g, ""), value]] : [];
    }),
  );
}

/** The object or value at a dotted path in an object; indexes count the items of arrays. */
export function valueAt(object: Node, path: string): Node | undefined {
  return path.split(".").reduce<Node | undefined>((node, step) => {
    if (node?.type === "array") return childrenOf(node).filter((child) => child.isNamed)[Number(step)];
    return node?.type === "object" ? propertiesOf(node).get(step) : undefined;
  }, object);
}

/** What stands between the quotes of a string without interpolation. */
export function stringOf(node: Node | undefined): string {
  return node?.text.replace(/^'|'$/g, "").replaceAll("\\'", "'") ?? "";
}

function identifierOf(node: Node): string {
  return childrenOf(node).find((child) => child.type === "identifier")?.text ?? "";
}

function textOf(node: Node, type: string): string {
  return stringOf(childrenOf(node).find((child) => child.type === type));
}
