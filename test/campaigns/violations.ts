import { DatabaseSync } from "node:sqlite";
import type { SandboxProcess } from "./processes/sandbox-process.ts";

/* What must never be, whatever happens to a service: each a list of sentences, empty when it was not. */

export function executedTwice({ executed }: Pick<SandboxProcess, "executed">): string[] {
  const twice = executed.filter((name, index) => executed.indexOf(name) !== index);
  return twice.map((name) => `The script ${name} was executed twice.`);
}

export function integrityOf(database: string): string[] {
  const db = new DatabaseSync(database);
  const { integrity_check: result } = db.prepare("PRAGMA integrity_check").get() ?? {};
  db.close();
  return result === "ok" ? [] : [`The store is damaged: ${String(result)}`];
}
