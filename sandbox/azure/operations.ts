import { randomBytes, randomUUID } from "node:crypto";

/** The end of a long-running operation. `output` is the input of the final result. */
export type OperationEnd = { ok: true; output?: unknown } | { ok: false; code: string; message: string };

/** One long-running operation, with the data of its status. */
export interface Operation {
  readonly id: string;
  readonly location: string;
  readonly subscription: string;
  /** Lower-case ARM id of the VM that it works on. */
  readonly vm: string;
  readonly startTime: string;
  endTime: string | null;
  end: OperationEnd | null;
}

export interface Operations {
  begin(about: Pick<Operation, "location" | "subscription" | "vm">, work: Promise<OperationEnd>): Operation;
  find(id: string): Operation | undefined;
}

export function makeOperations(now: () => Date): Operations {
  const operations = new Map<string, Operation>();
  return {
    begin(about, work) {
      const operation: Operation = {
        ...about,
        id: randomUUID(),
        startTime: now().toISOString(),
        endTime: null,
        end: null,
      };
      operations.set(operation.id, operation);
      void work.then((end) => {
        operation.end = end;
        operation.endTime = now().toISOString();
      });
      return operation;
    },
    find: (id) => operations.get(id.toLowerCase()),
  };
}

// Real status URLs contain a certificate and a signature of about 2 KB. A client that truncates them fails here too.
const signature = `t=${Date.now()}&c=${randomBytes(900).toString("base64url")}&s=${randomBytes(256).toString("base64url")}&h=${randomBytes(32).toString("base64url")}`;

/** The Retry-After header for work of this duration. Without the header az waits 30 s. */
export function retryAfter(seconds: number): Record<string, string> {
  return seconds >= 1 ? { "retry-after": String(Math.floor(seconds)) } : {};
}

/** The headers with the URL of the operation's status and the URL of its result. */
export function operationHeaders(operation: Operation, origin: string, apiVersion: string): Record<string, string> {
  const { subscription, location, id } = operation;
  const address = `${origin}/subscriptions/${subscription}/providers/Microsoft.Compute/locations/${location}/operations/${id}?p=${id}&api-version=${apiVersion}&${signature}`;
  return { "azure-asyncoperation": address, location: `${address}&monitor=true` };
}
