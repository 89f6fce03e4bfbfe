import { randomBytes, randomUUID } from "node:crypto";

/** How a long-running operation ended. `output` is what the final result is made of. */
export type OperationEnd = { ok: true; output?: unknown } | { ok: false; code: string; message: string };

/** One long-running operation, as its status says it. */
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

// Real status addresses carry a certificate and a signature, some 2 KB: a client that cuts them fails here too.
const signature = `t=${Date.now()}&c=${randomBytes(900).toString("base64url")}&s=${randomBytes(256).toString("base64url")}&h=${randomBytes(32).toString("base64url")}`;

/** When to ask again after so many seconds of work; az waits half a minute where nothing is said. */
export function retryAfter(seconds: number): Record<string, string> {
  return seconds >= 1 ? { "retry-after": String(Math.floor(seconds)) } : {};
}

/** Where a client asks how the operation stands, and where it fetches the result. */
export function operationHeaders(operation: Operation, origin: string, apiVersion: string): Record<string, string> {
  const { subscription, location, id } = operation;
  const address = `${origin}/subscriptions/${subscription}/providers/Microsoft.Compute/locations/${location}/operations/${id}?p=${id}&api-version=${apiVersion}&${signature}`;
  return { "azure-asyncoperation": address, location: `${address}&monitor=true` };
}
