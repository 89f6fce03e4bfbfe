import { jsonReply, type Reply } from "./http.ts";

/*
 * All errors of this ARM, each with the status, code and message of the real one, from Azure's documents and from public
 * reports. An error is an ordinary Reply.
 */

function armError(
  status: number,
  code: string,
  message: string,
  more: { details?: object[]; target?: string; headers?: Record<string, string> } = {},
): Reply {
  const { details, target, headers } = more;
  return jsonReply({ error: { code, message, ...(target && { target }), ...(details && { details }) } }, status, {
    "x-ms-failure-cause": "gateway",
    ...headers,
  });
}

/** `code`: AuthenticationFailed, InvalidAuthenticationToken, ExpiredAuthenticationToken, ... */
export function notAuthenticated(code: string, because: string, authority: string): Reply {
  const challenge = `Bearer authorization_uri="${authority}", error="invalid_token", error_description="${because.replaceAll('"', "'")}"`;
  return armError(401, code, because, { headers: { "www-authenticate": challenge } });
}

export function authorizationFailed(who: { clientId: string; objectId: string }, action: string, scope: string): Reply {
  return armError(
    403,
    "AuthorizationFailed",
    `The client '${who.clientId}' with object id '${who.objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

/** A management lock rejects the call. `operation` is write or delete; an action of a VM counts as a write. */
export function scopeLocked(scope: string, operation: "write" | "delete", lockedScope: string): Reply {
  return armError(
    409,
    "ScopeLocked",
    `The scope '${scope}' cannot perform ${operation} operation because following scope(s) are locked: '${lockedScope}'. Please remove the lock and try again.`,
  );
}

export function missingApiVersion(): Reply {
  return armError(
    400,
    "MissingApiVersionParameter",
    "The api-version query parameter (?api-version=) is required for all requests.",
  );
}

/** ARM's error for a malformed version, or for one that ARM's own resources do not have. */
export function invalidApiVersion(version: string, supported: readonly string[]): Reply {
  return armError(
    400,
    "InvalidApiVersionParameter",
    `The api-version '${version}' is invalid. The supported versions are '${supported.join(",")}'.`,
  );
}

/** ARM's error for a well-formed version that a provider's resource type does not have. */
export function noRegisteredProvider(
  location: string,
  version: string,
  type: string,
  supported: readonly string[],
): Reply {
  return armError(
    400,
    "NoRegisteredProviderFound",
    `No registered resource provider found for location '${location}' and API version '${version}' for type '${type}'. The supported api-versions are '${supported.join(", ")}'. The supported locations are '${location}'.`,
  );
}

export function invalidSubscriptionId(id: string): Reply {
  return armError(
    400,
    "InvalidSubscriptionId",
    `The provided subscription identifier '${id}' is malformed or invalid.`,
  );
}

export function subscriptionNotFound(id: string): Reply {
  return armError(404, "SubscriptionNotFound", `The subscription '${id}' could not be found.`);
}

export function resourceGroupNotFound(name: string): Reply {
  return armError(404, "ResourceGroupNotFound", `Resource group '${name}' could not be found.`);
}

/** `typeAndName` is what follows `providers/`, e.g. `Microsoft.Compute/virtualMachines/vm-app-01`. */
export function resourceNotFound(typeAndName: string, resourceGroup: string): Reply {
  return armError(
    404,
    "ResourceNotFound",
    `The Resource '${typeAndName}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

export function parentResourceNotFound(parent: string): Reply {
  return armError(
    404,
    "ParentResourceNotFound",
    `Can not perform requested operation on nested resource. Parent resource '${parent}' not found.`,
  );
}

export function invalidResourceType(namespace: string, type: string, version: string): Reply {
  return armError(
    404,
    "InvalidResourceType",
    `The resource type '${type}' could not be found in the namespace '${namespace}' for api version '${version}'.`,
  );
}

export function invalidResourceNamespace(namespace: string): Reply {
  return armError(404, "InvalidResourceNamespace", `The resource namespace '${namespace}' is invalid.`);
}

export function notFound(path: string): Reply {
  return armError(404, "NotFound", `No HTTP resource was found that matches the request URI '${path}'.`);
}

export function methodNotAllowed(method: string): Reply {
  return armError(405, "MethodNotAllowed", `The requested resource does not support http method '${method}'.`);
}

export function invalidRequestContent(because: string): Reply {
  return armError(
    400,
    "InvalidRequestContent",
    `The request content was invalid and could not be deserialized: '${because}'.`,
  );
}

/** ARM refuses bodies above 4 MB; a world may refuse shorter scripts. */
export function requestTooLarge(bytes: number, maximum: number): Reply {
  return armError(
    413,
    "RequestContentTooLarge",
    `The request content size exceeds the maximum size. The size of the request content is '${bytes}' bytes, the maximum is '${maximum}' bytes.`,
  );
}

export function invalidParameter(because: string): Reply {
  return armError(400, "InvalidParameter", because);
}

export function securityRuleConflict({ name, priority, direction }: RuleRank, holder: string): Reply {
  return armError(
    400,
    "SecurityRuleConflict",
    `Security rule ${name} conflicts with rule ${holder}. Rules cannot have the same Priority and Direction: ${priority}, ${direction}.`,
  );
}

interface RuleRank {
  readonly name: string;
  readonly priority: number;
  readonly direction: string;
}

/** Reported in microsoft/onefuzz#2547. Not verified: that reads and Run Commands of such an instance get it too. */
export function instanceNotActive(number: string): Reply {
  return armError(
    400,
    "InvalidParameter",
    `The provided instanceId ${number} is not an active Virtual Machine Scale Set VM instanceId.`,
    { target: "instanceIds" },
  );
}

/** Reported in Azure/vm-scale-sets#60. */
export function instanceIdNotNumeric(): Reply {
  return armError(400, "InvalidParameter", "Virtual Machine Scale Set VM instanceId must be a number.", {
    target: "instanceId",
  });
}

/** Only one action Run Command can run at a time. */
export function runCommandInProgress(): Reply {
  return armError(
    409,
    "Conflict",
    "Run command extension execution is in progress. Please wait for completion before invoking a run command.",
  );
}

/** Reported in Azure/azure-cli#14106 for an extension whose removal did not end. */
export function extensionMarkedForDeletion(name: string): Reply {
  return armError(
    409,
    "OperationNotAllowed",
    `Operation 'PUT Extension' is not allowed on VM extension '${name}' since it is marked for deletion. You can only retry the Delete operation (or wait for an ongoing one to complete).`,
  );
}

export function anotherOperationInProgress(): Reply {
  return armError(
    409,
    "Conflict",
    "The request failed due to conflict with a concurrent request. To resolve it, please refer to https://aka.ms/activitylog to get more details on the conflicting requests.",
  );
}

export function vmNotRunning(): Reply {
  return armError(409, "OperationNotAllowed", "The operation requires the VM to be running (or set to run).");
}

/** The error of Microsoft.Network for a NIC whose VM is not running. */
export function nicNotAttached(nicId: string): Reply {
  return armError(
    400,
    "NicMustBeAttachedToRunningVmToGetEffectiveSecurityGroups",
    `A network interface must be attached to a running virtual machine to get effective security groups. The network interface ${nicId} is not attached to a running virtual machine.`,
  );
}

/** The status is unverified: field reports quote only the message. */
export function tooManyRunCommands(maximum: number, current: number): Reply {
  return armError(
    409,
    "Conflict",
    `The maximum number of managed Run commands (max=${maximum}, current=${current}) has been exceeded. Use fewer Run commands and retry the request.`,
  );
}

export function tooManyRequests(policy: string, retryAfterSeconds: number): Reply {
  return armError(
    429,
    "OperationNotAllowed",
    "The server rejected the request because too many requests have been received for this subscription.",
    {
      details: [{ code: "TooManyRequests", target: policy, message: JSON.stringify({ operationGroup: policy }) }],
      headers: { "retry-after": String(retryAfterSeconds), "x-ms-failure-cause": "service" },
    },
  );
}

export function serverError(status: 500 | 502 | 503 | 504): Reply {
  const [code, message] = {
    500: ["InternalServerError", "Encountered internal server error."],
    502: ["BadGateway", "The gateway did not receive a valid response from the resource provider."],
    503: ["ServerTimeout", "The request timed out. Please try again."],
    504: [
      "GatewayTimeout",
      "The gateway did not receive a response from 'Microsoft.Compute' within the specified time period.",
    ],
  }[status] as [string, string];
  return armError(status, code, message, { headers: { "x-ms-failure-cause": "service" } });
}

/** Resource Graph's refusal of a query: what is wrong stands in the details. */
export function invalidQuery(code: string, message: string): Reply {
  return armError(400, "BadRequest", "Please provide below info when asking for support.", {
    details: [
      { code: "InvalidQuery", message: "Query is invalid." },
      { code, message },
    ],
  });
}
