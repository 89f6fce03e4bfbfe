import { ComputeManagementClient } from "@azure/arm-compute";
import { NetworkManagementClient } from "@azure/arm-network";
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpClient,
  type Pipeline,
  type PipelinePolicy,
  type PipelineResponse,
  RestError,
} from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import { z } from "zod";
import { type ApiVersions, apiVersionPolicy } from "./api-versions.ts";
import { requireArmResponse } from "./arm-response.ts";
import { UnexpectedResponse } from "./call-azure.ts";
import { pinnedOrigin } from "./pinned-origin.ts";
import { responseTimeout } from "./response-timeout.ts";
import { tracingPolicy } from "./tracing-policy.ts";

/** The endpoint of ARM, and the credential. */
export interface AzureConnection {
  readonly credential: TokenCredential;
  /** URL of ARM; the public cloud when absent. Must be https, because requests carry bearer tokens. */
  readonly endpoint?: string;
  /** Token scope; `<endpoint>/.default` when absent. */
  readonly scope?: string;
  /** API versions to ask for, by provider, instead of those of `chosenVersions`. */
  readonly apiVersions?: ApiVersions;
  /** Carries the requests instead of the network. */
  readonly httpClient?: HttpClient;
  /** How long one answer may take, its body included. ARM answers within seconds: what takes longer is broken. */
  readonly answerWithinMs?: number;
  /** Sees every request and its answer. */
  readonly observer?: PipelinePolicy;
}

type ArmMethod = "GET" | "PUT" | "POST" | "DELETE";

export interface ArmAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: PipelineResponse["headers"];
}

/** The SDK's clients, one of a kind per subscription: a NIC, an NSG or a network may be in another than its VM. */
export interface Clients {
  compute(subscriptionId: string): ComputeManagementClient;
  network(subscriptionId: string): NetworkManagementClient;
  /** One request to ARM where there is no SDK. Throws what the SDKs throw. `body` is JSON; `undefined`: it is none. */
  send(method: ArmMethod, path: string, query: Record<string, string>, body?: unknown): Promise<ArmAnswer>;
  /** The members of all pages of a list. Throws what the SDKs throw. */
  list(path: string, query: Record<string, string>): Promise<unknown[]>;
  /** One GET of ARM where there is no SDK: the answer's JSON. Throws what the SDKs throw. */
  get(path: string, query: Record<string, string>): Promise<unknown>;
  /** One POST to ARM where there is no SDK. Throws what the SDKs throw; the answer's body is not looked at. */
  post(path: string, query: Record<string, string>, body: unknown): Promise<void>;
  /** The same for a POST that only asks: the answer's JSON, and its headers. */
  ask(path: string, query: Record<string, string>, body: unknown): Promise<ArmAnswer>;
}

const Page = z.object({ value: z.array(z.unknown()), nextLink: z.string().nullish() });

const publicCloud = "https://management.azure.com";

/** @throws TypeError when the endpoint is no https address. */
export function createClients(connection: AzureConnection): Clients {
  const endpoint = (connection.endpoint ?? publicCloud).replace(/\/+$/, "");
  if (!/^https:/i.test(endpoint)) throw new TypeError(`Azure's endpoint must be an https address: ${endpoint}`);
  // One for all clients: each has its own connections, and keeps them open.
  const { credential, httpClient = createDefaultHttpClient(), apiVersions, answerWithinMs = 30_000 } = connection;
  // The clients' own policy would ask for the public cloud's token, whatever the endpoint.
  const token = bearerTokenAuthenticationPolicy({ credential, scopes: connection.scope ?? `${endpoint}/.default` });
  const pipeline = createPipeline([
    pinnedOrigin(endpoint),
    apiVersionPolicy(apiVersions),
    token,
    responseTimeout(answerWithinMs),
    tracingPolicy(),
    ...(connection.observer ? [connection.observer] : []),
    requireArmResponse(),
  ]);
  const options = { endpoint, pipeline, httpClient };
  const sendTo = async (method: ArmMethod, url: string, content?: unknown): Promise<ArmAnswer> => {
    const request = createPipelineRequest({
      method,
      url,
      headers: createHttpHeaders({ "content-type": "application/json", accept: "application/json" }),
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    });
    const response = await pipeline.sendRequest(httpClient, request);
    const { status, headers, bodyAsText } = response;
    if (status < 200 || status >= 300) throw refusalOf(response);
    const body = parseJson(bodyAsText ?? "");
    // Without a status, so that it counts as a response that was lost.
    if (bodyAsText && body === undefined) {
      throw new RestError(`${method}: the response is no JSON.`, { code: "NO_JSON", request });
    }
    return { status, headers, body };
  };
  const send: Clients["send"] = (method, path, query, body) =>
    sendTo(method, `${endpoint}${path}?${new URLSearchParams(query)}`, body);
  return {
    compute: onePer((subscription) => new ComputeManagementClient(credential, subscription, options)),
    network: onePer((subscription) => new NetworkManagementClient(credential, subscription, options)),
    send,
    async list(path, query) {
      const found: unknown[] = [];
      let answer = await send("GET", path, query);
      for (;;) {
        const page = Page.safeParse(answer.body);
        if (!page.success) throw new UnexpectedResponse("list: no value");
        found.push(...page.data.value);
        if (!page.data.nextLink) return found;
        // One that leads elsewhere is refused by `pinnedOrigin`.
        answer = await sendTo("GET", page.data.nextLink);
      }
    },
    get: async (path, query) => (await send("GET", path, query)).body,
    async post(path, query, body) {
      await send("POST", path, query, body);
    },
    ask: (path, query, body) => send("POST", path, query, body),
  };
}

const ErrorText = z.object({ code: z.string(), message: z.string().catch("") });
const ErrorBody = z.object({ error: ErrorText.extend({ details: z.array(ErrorText).catch([]) }) });

/** The error that the SDKs make of an answer: ARM's code and sentence, or none when it is not from ARM. */
function refusalOf(response: PipelineResponse): RestError {
  const { request, status: statusCode } = response;
  const { error } = ErrorBody.safeParse(parseJson(response.bodyAsText ?? "")).data ?? {};
  // Resource Graph says only there what is wrong with a query.
  const message = [error?.message, ...(error?.details ?? []).map((one) => `${one.code}: ${one.message}`)].join(" ");
  return new RestError(error ? message : "", { ...(error ? { code: error.code } : {}), statusCode, request, response });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One for all clients, so that one token serves them: the sign-in of a terminal costs a second each time. */
function createPipeline(policies: readonly PipelinePolicy[]): Pipeline {
  const pipeline = createPipelineFromOptions({
    // The SDK would wait inside the call, and send even a POST again. Runs do their own waiting.
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: "rdp-remediation" },
  });
  // The SDK does not notice when a compressed answer breaks off: the call would hang for ever, deadline or not.
  pipeline.removePolicy({ name: "decompressResponsePolicy" });
  for (const policy of policies) pipeline.addPolicy(policy);
  return pipeline;
}

function onePer<T>(create: (subscriptionId: string) => T): (subscriptionId: string) => T {
  const created = new Map<string, T>();
  return (subscriptionId) => {
    const key = subscriptionId.toLowerCase();
    const client = created.get(key) ?? create(key);
    created.set(key, client);
    return client;
  };
}
