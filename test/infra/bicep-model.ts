import type { Node } from "web-tree-sitter";
import { childrenOf, nodesOfType, parseBicepFile } from "./bicep-grammar.ts";

/*
 * What a Bicep file hands to a resource, read from its tree: which parameter goes where. A template has expressions there,
 * and whether the file is right at all is the compiler's to say.
 */

export interface BicepFile {
  readonly path: string;
  readonly root: Node;
  readonly parameters: readonly Parameter[];
  readonly resources: readonly Resource[];
}

export interface Parameter {
  readonly name: string;
  readonly isRequired: boolean;
}

export interface Resource {
  readonly symbol: string;
  /** With that of the resource around it, e.g. `Microsoft.Storage/storageAccounts/blobServices@2025-01-01`. */
  readonly type: string;
  readonly body: Node;
}

export function readBicep(path: string): BicepFile {
  const root = parseBicepFile(path);
  return {
    path,
    root,
    parameters: parametersOf(root),
    resources: nodesOfType(root, "resource_declaration").map(resourceOf),
  };
}

function parametersOf(root: Node): Parameter[] {
  return nodesOfType(root, "parameter_declaration").map((node) => {
    const type = childrenOf(node).find((child) => child.type === "type")?.text ?? "";
    const hasDefault = childrenOf(node).some((child) => child.type === "=");
    return { name: identifierOf(node), isRequired: !hasDefault && !type.endsWith("?") };
  });
}

function resourceOf(node: Node): Resource {
  const around = resourceAround(node);
  const [type = "", version] = textOf(node, "string").split("@");
  const [outer = "", outerVersion] = around?.type.split("@") ?? [];
  return {
    symbol: identifierOf(node),
    type: `${around ? `${outer}/${type}` : type}@${version ?? outerVersion}`,
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
