import { clientCodes } from "./client-codes.ts";
import type { CodeRow } from "./code-row.ts";
import type { ExplainedCode } from "./explanation.ts";
import { extendedCodes, protocolRange } from "./extended-codes.ts";
import { freeRdpCodes } from "./freerdp-codes.ts";
import { gatewayCodes } from "./gateway-codes.ts";
import { knownEvents } from "./known-events.ts";
import { negotiationCodes } from "./negotiation-codes.ts";
import { resultCodes } from "./result-codes.ts";

export type CodeList = ExplainedCode["list"];

/** All codes by list. A number of one list says nothing in another. */
export const codeLists: Readonly<Record<CodeList, readonly CodeRow[]>> = {
  client: [...clientCodes, ...gatewayCodes, ...freeRdpCodes],
  extended: extendedCodes,
  result: resultCodes,
  negotiation: negotiationCodes,
  event: knownEvents,
};

export function findCode(list: CodeList, code: number): CodeRow | null {
  return codeLists[list].find((row) => row.code === code) ?? null;
}

/** Whether an extended code is in the range of internal protocol errors, named or not. */
export function isProtocolError(code: number): boolean {
  return code >= protocolRange.from && code <= protocolRange.to;
}

/** The row and list of a name of an enumeration, without regard to case and underscores. */
export function findName(name: string): { readonly list: CodeList; readonly row: CodeRow } | null {
  return byName.get(plain(name)) ?? null;
}

function plain(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

const byName = new Map(
  (Object.keys(codeLists) as CodeList[]).flatMap((list) =>
    codeLists[list].flatMap((row) => row.names.map((name) => [plain(name), { list, row }] as const)),
  ),
);
