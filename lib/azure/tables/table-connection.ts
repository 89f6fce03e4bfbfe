import { type HttpClient, isRestError } from "@azure/core-rest-pipeline";
import { TableClient, type TableEntityResult, type TableServiceClientOptions } from "@azure/data-tables";
import type { TokenCredential } from "@azure/identity";
import { responseTimeout } from "../response-timeout.ts";

/** The table, and the credential. */
export type TableConnection = {
  /** Made when it is not there: 3 to 63 letters and digits. */
  readonly table: string;
  /** How long one answer may take, its body included. */
  readonly answerWithinMs?: number;
  /** Carries the requests instead of the network. */
  readonly httpClient?: HttpClient;
} & (
  | {
      /** `https://<account>.table.core.windows.net`. The identity needs the role Storage Table Data Contributor. */
      readonly endpoint: string;
      readonly credential: TokenCredential;
    }
  /** For Azurite, whose address may be http; and for accounts that still have keys. */
  | { readonly connectionString: string }
);

/** Two clients of one table: the SDK retries reads, but never writes. */
export interface Tables {
  readonly reading: TableClient;
  /** A repeated write that had succeeded would fail as a conflict. */
  readonly writing: TableClient;
  /** Resolves once the table is there. */
  ready(): Promise<void>;
}

/** Asks nothing of Azure yet. @throws TypeError when the table's name or the endpoint cannot be one. */
export function connectTables(connection: TableConnection): Tables {
  if (!/^[A-Za-z][A-Za-z0-9]{2,62}$/.test(connection.table)) throw new TypeError(`No table name: ${connection.table}`);
  const writing = openTable(connection, 0);
  let made: Promise<void> | undefined;
  async function ready() {
    made ??= writing.createTable();
    try {
      await made;
    } catch (error) {
      made = undefined;
      throw error;
    }
  }
  return { reading: openTable(connection, 3), writing, ready };
}

function openTable(connection: TableConnection, maxRetries: number): TableClient {
  const { table, answerWithinMs = 10_000, httpClient } = connection;
  const options: TableServiceClientOptions = {
    retryOptions: { maxRetries, retryDelayInMs: 250 },
    userAgentOptions: { userAgentPrefix: "rdp-remediation" },
    additionalPolicies: [{ policy: responseTimeout(answerWithinMs), position: "perRetry" }],
    ...(httpClient ? { httpClient } : {}),
  };
  const client =
    "connectionString" in connection
      ? fromConnectionString(connection.connectionString, table, options)
      : fromEndpoint(connection.endpoint, connection.credential, table, options);
  // The SDK does not notice when a compressed answer breaks off; and what is large here is compressed already.
  client.pipeline.removePolicy({ name: "decompressResponsePolicy" });
  return client;
}

function fromConnectionString(text: string, table: string, options: TableServiceClientOptions): TableClient {
  // The account's key signs each request and never travels.
  const allowInsecureConnection = /(^|;)\s*(TableEndpoint=http:|UseDevelopmentStorage=true)/i.test(text);
  return TableClient.fromConnectionString(text, table, { ...options, allowInsecureConnection });
}

function fromEndpoint(
  endpoint: string,
  credential: TokenCredential,
  table: string,
  options: TableServiceClientOptions,
) {
  if (!/^https:/i.test(endpoint)) throw new TypeError(`The table's endpoint must be an https address: ${endpoint}`);
  return new TableClient(endpoint.replace(/\/+$/, ""), table, credential, options);
}

/** Reads one row, or of it only the named properties; `null` when it is not there. */
export async function readRow(
  table: TableClient,
  partition: string,
  row: string,
  select?: string[],
): Promise<TableEntityResult<Record<string, unknown>> | null> {
  const options = select ? { queryOptions: { select } } : {};
  return orNull(404, table.getEntity<Record<string, unknown>>(partition, row, options));
}

/** `null` in place of one refusal that was to be expected: 404 not there, 409 there already, 412 changed since. */
export async function orNull<T>(status: 404 | 409 | 412, call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isRestError(error) && error.statusCode === status) return null;
    throw error;
  }
}
