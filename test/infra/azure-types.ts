import { globSync, readFileSync } from "node:fs";
import type { Node } from "web-tree-sitter";
import { z } from "zod";
import { childrenOf } from "./bicep-grammar.ts";
import { propertiesOf, type Resource, stringOf } from "./bicep-model.ts";

/*
 * Resource bodies against Azure's own types, as the Bicep compiler would hold them. The types are hundreds of
 * megabytes and no part of this repository: BICEP_TYPES names the folder `generated` of a checkout of
 * Azure/bicep-types-az, and without it nothing is checked.
 */

export const typesFolder = process.env.BICEP_TYPES ?? null;

const Reference = z.object({ $ref: z.string() });
const Property = z.object({ type: Reference, flags: z.number().default(0) });
const Type = z.object({
  $type: z.string(),
  name: z.string().optional(),
  value: z.string().optional(),
  body: Reference.optional(),
  properties: z.record(z.string(), Property).optional(),
  additionalProperties: Reference.nullish(),
  discriminator: z.string().optional(),
  baseProperties: z.record(z.string(), Property).optional(),
  elements: z.union([z.array(Reference), z.record(z.string(), Reference)]).optional(),
  itemType: Reference.optional(),
});
type Type = z.infer<typeof Type>;

const flags = { required: 1, readOnly: 2, deployTimeConstant: 8 } as const;

/** What is wrong with a resource, one line each; a type that is not in the folder is wrong as well. */
export function typeProblems(folder: string, { type, body, isNested, isExisting }: Resource): string[] {
  const types = typesOf(folder, type);
  const found = types?.find((one) => one.$type === "ResourceType" && one.name?.toLowerCase() === type.toLowerCase());
  if (!types || !found?.body) return [`There is no ${type}.`];
  if (isExisting) return [];
  // What Bicep adds by itself, or takes for itself.
  const own = ["parent", "scope", "dependsOn", ...(isNested ? [] : ["name"])];
  return problemsIn(types, found.body.$ref, body, type, new Set([...own, "id", "type", "apiVersion"]));
}

const loaded = new Map<string, Type[]>();

function typesOf(folder: string, type: string): Type[] | null {
  const [name = "", version = ""] = type.split("@");
  const provider = name.split("/")[0]?.toLowerCase() ?? "";
  for (const path of globSync(`*/${provider}/${version}/types.json`, { cwd: folder })) {
    const types = loaded.get(path) ?? z.array(Type).parse(JSON.parse(readFileSync(`${folder}/${path}`, "utf8")));
    loaded.set(path, types);
    if (types.some((one) => one.$type === "ResourceType" && one.name?.toLowerCase() === type.toLowerCase()))
      return types;
  }
  return null;
}

function problemsIn(types: Type[], ref: string, node: Node, path: string, free = new Set<string>()): string[] {
  const type = types[Number(ref.slice(2))];
  if (!type) return [`${path}: its type is missing.`];
  if (node.type === "ternary_expression") {
    return childrenOf(node)
      .filter((_, at) => at === 2 || at === 4)
      .flatMap((branch) => problemsIn(types, ref, branch, path, free));
  }
  if (type.$type === "UnionType") return problemsInUnion(types, type, node, path);
  if (type.$type === "StringLiteralType" && isLiteral(node) && stringOf(node) !== type.value) {
    return [`${path}: ${node.text} is not '${type.value}'.`];
  }
  if (type.$type === "ArrayType" && type.itemType) {
    const item = type.itemType.$ref;
    if (node.type === "array") {
      return namedChildren(node).flatMap((child, at) => problemsIn(types, item, child, `${path}[${at}]`));
    }
    const body = node.type === "for_statement" ? node.childForFieldName("body") : null;
    return body ? problemsIn(types, item, body, `${path}[]`) : wrongKind(node, "array", path);
  }
  if (type.$type === "ObjectType") return problemsInObject(types, type, node, path, free);
  if (type.$type === "DiscriminatedObjectType") return problemsInDiscriminated(types, type, node, path, free);
  if (type.$type === "BooleanType")
    return ["string", "number", "object", "array"].includes(node.type) ? [`${path}: no boolean.`] : [];
  if (type.$type === "IntegerType")
    return ["string", "boolean", "object", "array"].includes(node.type) ? [`${path}: no number.`] : [];
  if (type.$type === "StringType")
    return ["number", "boolean", "object", "array"].includes(node.type) ? [`${path}: no text.`] : [];
  return [];
}

function problemsInUnion(types: Type[], { elements }: Type, node: Node, path: string): string[] {
  const choices = Array.isArray(elements) ? elements.map(({ $ref }) => types[Number($ref.slice(2))]) : [];
  const literals = choices.flatMap((choice) => (choice?.$type === "StringLiteralType" ? [choice.value ?? ""] : []));
  if (!isLiteral(node) || literals.length < choices.length) return [];
  return literals.includes(stringOf(node)) ? [] : [`${path}: ${node.text} is none of ${literals.join(", ")}.`];
}

function problemsInObject(types: Type[], type: Type, node: Node, path: string, free: Set<string>): string[] {
  if (node.type !== "object") return wrongKind(node, "object", path);
  const known = { ...type.baseProperties, ...type.properties };
  const given = propertiesOf(node);
  const inside = [...given].flatMap(([name, value]) => {
    const property = known[name];
    if (!property && free.has(name)) return [];
    const ref = property?.type.$ref ?? type.additionalProperties?.$ref;
    if (!ref) return [`${path}: there is no property ${name}.`];
    if (property && property.flags & flags.readOnly && !(property.flags & flags.required))
      return [`${path}.${name} is read-only.`];
    return problemsIn(types, ref, value, `${path}.${name}`);
  });
  const missing = Object.entries(known)
    .filter(([name, property]) => property.flags & flags.required && !given.has(name) && !free.has(name))
    .map(([name]) => `${path}.${name} is missing.`);
  return [...inside, ...missing];
}

function problemsInDiscriminated(types: Type[], type: Type, node: Node, path: string, free: Set<string>): string[] {
  if (node.type !== "object" || !type.discriminator || Array.isArray(type.elements))
    return wrongKind(node, "object", path);
  const chosen = propertiesOf(node).get(type.discriminator);
  if (!chosen || !isLiteral(chosen)) return [`${path}.${type.discriminator} is not given as a text.`];
  const ref = type.elements?.[stringOf(chosen)];
  const choice = ref && types[Number(ref.$ref.slice(2))];
  if (!choice) return [`${path}: there is no ${chosen.text}.`];
  return problemsInObject(types, { ...choice, baseProperties: type.baseProperties }, node, path, free);
}

/** An expression may be of any kind; a literal may not. */
function wrongKind(node: Node, wanted: string, path: string): string[] {
  const literals = ["string", "number", "boolean", "object", "array"];
  return literals.includes(node.type) && node.type !== wanted ? [`${path}: no ${wanted}.`] : [];
}

function isLiteral(node: Node): boolean {
  return node.type === "string" && !childrenOf(node).some((child) => child.type === "interpolation");
}

function namedChildren(node: Node): Node[] {
  return childrenOf(node).filter((child) => child.isNamed && child.type !== "comment");
}
