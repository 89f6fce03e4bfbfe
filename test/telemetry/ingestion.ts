import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { gunzipSync } from "node:zlib";
import { makeServerCertificate } from "../../sandbox/azure/tls/certificates.ts";

/** What Application Insights is sent: one item of telemetry, as far as the tests look at it. */
export interface Envelope {
  readonly name: string;
  readonly time: string;
  readonly tags: Record<string, string>;
  readonly data: {
    readonly baseType: string;
    readonly baseData: {
      readonly id?: string;
      readonly name?: string;
      readonly properties?: Record<string, string>;
      readonly metrics?: { readonly name: string; readonly value: number; readonly count?: number }[];
    };
  };
}

export interface Ingestion {
  readonly connectionString: string;
  readonly envelopes: Envelope[];
  /** Lets this process trust it, beside whom it trusts already. */
  trust(): void;
  close(): Promise<void>;
}

/** Application Insights' ingestion on this machine: takes everything, and keeps it. */
export async function startIngestion(): Promise<Ingestion> {
  const envelopes: Envelope[] = [];
  const { keyPem, certificatePem, caPem } = makeServerCertificate(new Date());
  const server = createServer({ key: keyPem, cert: certificatePem }, async (request, response) => {
    const text = await read(request);
    // Requests to other paths were seen on a slow machine, probably of live metrics. They are no telemetry of a run.
    const items: Envelope[] = request.url?.endsWith("/track") ? parseItems(text) : [];
    envelopes.push(...items);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ itemsReceived: items.length, itemsAccepted: items.length, errors: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: `InstrumentationKey=00000000-0000-4000-8000-0000000000aa;IngestionEndpoint=https://127.0.0.1:${port}/;LiveEndpoint=https://127.0.0.1:${port}/`,
    envelopes,
    trust: () => setDefaultCACertificates([...getCACertificates("default"), caPem]),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const body = Buffer.concat(await request.toArray());
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
}

/** A list, or one item to a line. */
function parseItems(text: string): Envelope[] {
  return text.startsWith("[")
    ? JSON.parse(text)
    : text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));
}
