import { createRequire } from "node:module";
import { tableSchemas } from "./table-schemas.ts";

/*
 * Kusto's own language service parses a query and binds it to the tables that are declared here, as Log Analytics does
 * before it runs one. It is C# turned into scripts that put themselves on the global object.
 */

const require = createRequire(import.meta.url);
require("@kusto/language-service-next/bridge.min.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");

/** As much of the language service as is used here. Its constructors have the names that its translator gave them. */
interface LanguageService {
  readonly Kusto: {
    readonly Language: {
      readonly GlobalState: { readonly Default: Globals };
      readonly KustoCode: { ParseAndAnalyze(text: string, globals: Globals): KustoCode };
      readonly Symbols: {
        readonly TableSymbol: { $ctor7: new (name: string, schema: string, description: null) => object };
        readonly DatabaseSymbol: { $ctor1: new (name: string, members: readonly object[]) => object };
      };
      readonly Syntax: { readonly SyntaxKind: Readonly<Record<string, number>> };
    };
  };
}
interface Globals {
  WithDatabase(database: object): Globals;
}
interface List<Item> {
  readonly Count: number;
  getItem(at: number): Item;
}
interface KustoCode {
  readonly Syntax: SyntaxNode & { WalkNodes(visit: (node: SyntaxNode) => void): void };
  readonly ResultType: { readonly Columns?: List<{ readonly Name: string; readonly Type: { readonly Name: string } }> };
  GetDiagnostics(): List<{ readonly Code: string; readonly Message: string }>;
}
interface SyntaxNode {
  readonly Kind: number;
  readonly Expression?: SyntaxNode;
  readonly Selector?: SyntaxNode;
  readonly Left?: SyntaxNode;
  readonly Right?: SyntaxNode;
  readonly SimpleName?: string;
  readonly LiteralValue?: unknown;
  readonly ReferencedSymbol?: { readonly Name: string } | null;
}

const { Language } = (globalThis as unknown as LanguageService).Kusto;
const { SyntaxKind } = Language.Syntax;

const tables = Object.entries(tableSchemas).map(([name, columns]) => {
  const schema = Object.entries(columns).map(([column, type]) => `${column}: ${type}`);
  return new Language.Symbols.TableSymbol.$ctor7(name, `(${schema.join(", ")})`, null);
});
const workspace = Language.GlobalState.Default.WithDatabase(
  new Language.Symbols.DatabaseSymbol.$ctor1("workspace", tables),
);

export interface Query {
  /** What Kusto says of it, with its code: `KS142: The name ... does not refer to any known column ...`. */
  readonly problems: readonly string[];
  /** Tables that it reads. */
  readonly tables: readonly string[];
  /** Names of the dynamic column `Properties` that it reads. */
  readonly properties: readonly string[];
  /** Texts that are compared to columns: `Name == "rdp.runs"` gives Name, rdp.runs. */
  readonly comparisons: readonly { readonly column: string; readonly value: string }[];
  /** Columns of the result by name, with their types. */
  readonly columns: Readonly<Record<string, string>>;
}

/** Parses and binds one query. A workbook's `{TimeRange:grain}` is filled in, as the workbook does, with a timespan. */
export function analyzeQuery(text: string): Query {
  const code = Language.KustoCode.ParseAndAnalyze(text.replaceAll("{TimeRange:grain}", "1h"), workspace);
  const nodes: SyntaxNode[] = [];
  code.Syntax.WalkNodes((node) => nodes.push(node));
  const referenced = nodes.flatMap(({ ReferencedSymbol }) => ReferencedSymbol?.Name ?? []);
  return {
    problems: itemsOf(code.GetDiagnostics()).map(({ Code, Message }) => `${Code}: ${Message}`),
    tables: [...new Set(referenced.filter((name) => name in tableSchemas))],
    properties: nodes.flatMap(propertyOf),
    comparisons: nodes.flatMap(comparisonOf),
    columns: Object.fromEntries(itemsOf(code.ResultType?.Columns).map(({ Name, Type }) => [Name, Type.Name])),
  };
}

/** `Properties["name"]` and `Properties.name`. */
function propertyOf({ Kind, Expression, Selector }: SyntaxNode): string[] {
  if (Kind !== SyntaxKind.ElementExpression && Kind !== SyntaxKind.PathExpression) return [];
  if (Expression?.SimpleName !== "Properties") return [];
  return [String(Selector?.Expression?.LiteralValue ?? Selector?.SimpleName)];
}

const comparing = ["EqualExpression", "EqualTildeExpression", "StartsWithExpression"].map((name) => SyntaxKind[name]);

function comparisonOf({ Kind, Left, Right }: SyntaxNode): { column: string; value: string }[] {
  const value = Right?.LiteralValue;
  if (!comparing.includes(Kind) || !Left?.SimpleName || typeof value !== "string") return [];
  return [{ column: Left.SimpleName, value }];
}

function itemsOf<Item>(list: List<Item> | undefined): Item[] {
  return Array.from({ length: list?.Count ?? 0 }, (_, at) => (list as List<Item>).getItem(at));
}
