import { createHttpHeaders, RestError } from "@azure/core-rest-pipeline";
import { describe, expect, test } from "vitest";
import { problemFrom } from "../../lib/azure/call-azure.ts";
import { Problem } from "../../lib/core/problem.ts";

/** The error as the SDK makes it of an answer. */
function answered(status: number, code: string | undefined, message: string, headers: Record<string, string> = {}) {
  const request = { url: "https://management.azure.com/", method: "GET" } as never;
  const response = { status, request, headers: createHttpHeaders(headers) };
  return new RestError(message, { statusCode: status, ...(code ? { code } : {}), request, response });
}

/** As `answered`, with the body as ARM sends it. */
function answeredWith(status: number, body: { error: { code: string; message: string } }) {
  const error = answered(status, body.error.code, body.error.message);
  Object.assign(error.response ?? {}, { bodyAsText: JSON.stringify(body) });
  return error;
}

function problemOf(error: unknown): Problem {
  return Problem.parse(problemFrom(error, "restart VM app-01"));
}

const vmId =
  "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/app-01";
const unauthorized = `The client 'a' with object id 'b' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/read' over scope '${vmId}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;

test("a token of another tenant is told with the tenant that Azure asks for, and the command", () => {
  const tenant = "00000000-0000-4000-8000-0000000000f1";
  const asks = `Bearer authorization_uri="https://login.windows.net/${tenant}", error="invalid_token"`;
  const error = answered(401, "InvalidAuthenticationTokenTenant", "Wrong issuer.", { "www-authenticate": asks });
  expect(problemOf(error).message).toContain(`(az login --tenant ${tenant}), then try again.`);
});

test.each([
  [401, "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than now.", "sign-in-failed", true],
  [401, "InvalidAuthenticationTokenTenant", "The access token is from the wrong issuer.", "sign-in-failed", false],
  [403, "AuthorizationFailed", unauthorized, "right-missing", false],
  [403, "RequestDisallowedByPolicy", "Resource was disallowed by policy.", "policy-denied", false],
  [403, "DenyAssignmentAuthorizationFailed", "Denied.", "deny-assignment", false],
  [404, "ResourceNotFound", "The Resource 'x' under resource group 'y' was not found.", "vm-not-found", false],
  [404, "ResourceGroupNotFound", "Resource group 'y' could not be found.", "vm-not-found", false],
  [404, "SubscriptionNotFound", "The subscription 'z' could not be found.", "vm-not-found", false],
  [
    409,
    "Conflict",
    "Run command extension execution is in progress. Please wait for completion before invoking a run command.",
    "run-command-busy",
    true,
  ],
  [
    409,
    "OperationNotAllowed",
    "Operation 'PUT Extension' is not allowed on VM extension 'RunCommandWindows' since it is marked for deletion. You can only retry the Delete operation (or wait for an ongoing one to complete).",
    "run-command-extension",
    true,
  ],
  [409, "OperationNotAllowed", "It cannot be done since another operation is in progress.", "vm-busy", true],
  [409, "Conflict", "The request failed due to conflict with a concurrent request.", "vm-busy", true],
  [409, "OperationNotAllowed", "The operation requires the VM to be running (or set to run).", "vm-not-running", false],
  [
    409,
    "OperationNotAllowed",
    "Cannot modify extensions in the VM when the VM is not running.",
    "vm-not-running",
    false,
  ],
  [
    409,
    "OperationNotAllowed",
    "This operation cannot be performed when extension operations are disallowed. To allow, please ensure VM Agent is installed on the VM and the osProfile.allowExtensionOperations property is true.",
    "agent-not-ready",
    false,
  ],
  [409, "ScopeLocked", "The scope cannot perform write operation because it is locked.", "vm-locked", false],
  [409, "OperationNotAllowed", "The quota is used up.", "azure-refused", false],
  [
    400,
    "BadRequest",
    "The maximum number of managed Run commands (max=25, current=25) has been exceeded.",
    "run-command-limit",
    false,
  ],
  [409, "Conflict", "The maximum number of managed Run commands (max=25, current=25)", "run-command-limit", false],
  [429, "TooManyRequests", "Too many requests.", "throttled", true],
  [429, "OperationNotAllowed", "The server rejected the request because of too many requests.", "throttled", true],
  [408, undefined, "Unexpected status code: 408", "azure-unavailable", true],
  [500, "InternalServerError", "Encountered internal server error.", "azure-unavailable", true],
  [503, undefined, "Unexpected status code: 503", "azure-unavailable", true],
  [400, "InvalidParameter", "The value of timeoutInSeconds is invalid.", "azure-refused", false],
  [302, undefined, "Unexpected status code: 302", "azure-refused", false],
])("HTTP %i %s: %s -> %s", (status, code, message, expected, retryable) => {
  const problem = problemOf(answered(status, code, message));
  expect(problem).toMatchObject({ code: expected, retryable });
  expect(problem.message).toMatch(/^Could not restart VM app-01: .*\.$/);
  expect(problem.detail).toContain(String(status));
});

test.each(["ECONNRESET", "ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "REQUEST_SEND_ERROR", "PARSE_ERROR"])(
  "%s on the way is worth another try",
  (code) => {
    expect(problemOf(new RestError("socket hang up", { code }))).toMatchObject({
      code: "azure-unavailable",
      retryable: true,
    });
  },
);

test.each(["SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "ERR_TLS_CERT_ALTNAME_INVALID"])(
  "%s is not mended by another try",
  (code) => {
    const problem = problemOf(new RestError("certificate", { code }));
    expect(problem).toMatchObject({ code: "azure-unavailable", retryable: false });
    expect(problem.message).toContain("NODE_EXTRA_CA_CERTS");
  },
);

test("a sign-in without network is not told as refused credentials", () => {
  const error = new Error("ClientSecretCredential: network_error: Network request failed. getaddrinfo ENOTFOUND login");
  const problem = problemOf(Object.assign(error, { name: "AuthenticationError" }));
  expect(problem).toMatchObject({ code: "azure-unavailable", retryable: true });
  expect(problem.message).toContain("could not be reached (network_error)");
});

test("a lock is named with its scope", () => {
  const text = `The scope '${vmId}/runCommands/x' cannot perform write operation because following scope(s) are locked: '/subscriptions/1/resourceGroups/rg-app'. Please remove the lock and try again.`;
  expect(problemOf(answered(409, "ScopeLocked", text)).message).toContain("on /subscriptions/1/resourceGroups/rg-app.");
});

test("a missing right on a resource that does not exist yet is to be assigned on the resource group", () => {
  const text = unauthorized.replace(vmId, `${vmId}/runCommands/rdpfix-1-collect-1`);
  const group = vmId.slice(0, vmId.indexOf("/providers"));
  const { message } = problemOf(answered(403, "AuthorizationFailed", text));
  expect(message).toContain(`on ${group}: az role assignment create`);
  expect(message).toContain(`--assignee b --scope ${group} `);
});

test("a missing right is named with its scope", () => {
  expect(problemOf(answered(403, "AuthorizationFailed", unauthorized)).message).toContain(
    `lacks the right Microsoft.Compute/virtualMachines/read on ${vmId}.`,
  );
});

test("of a linked scope, the right that is lacked is named, not the one that is had", () => {
  const text =
    "The client 'a' with object id 'b' has permission to perform action 'Microsoft.Network/networkInterfaces/write' on scope '/here'; however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) '/there' (respectively) or the linked scope(s) are invalid.";
  expect(problemOf(answered(403, "LinkedAuthorizationFailed", text)).message).toContain(
    "lacks the right Microsoft.Network/virtualNetworks/subnets/join/action on /there.",
  );
});

// Microsoft's serial console quotes it of a managed application; deployment stacks and AKS differ in the name
// (azure-docs, operator-nexus/delete-network-functions; aka.ms/aks/nrg_lockdown).
test.each([
  "System deny assignment created by managed application /subscriptions/1/resourceGroups/rg/providers/Microsoft.Solutions/applications/app",
  "Deny assignment '5b6e' created by Deployment Stack '/subscriptions/1/resourceGroups/rg/providers/Microsoft.Resources/deploymentStacks/prod'.",
])("a deny assignment is named, and no role is offered: %s", (name) => {
  const action = "Microsoft.Compute/virtualMachines/runCommands/write";
  const text = `The client 'a' with object id 'b' has permission to perform action '${action}' on scope '${vmId}'; however, the access is denied because of the deny assignment with name '${name}' and Id '5b6e' at scope '/subscriptions/1/resourceGroups/rg'.`;
  const { message } = problemOf(answered(403, "DenyAssignmentAuthorizationFailed", text));
  expect(message).toContain(`the deny assignment "${name}" on /subscriptions/1/resourceGroups/rg forbids ${action}`);
  expect(message).not.toContain("az role assignment create");
});

describe("a policy that denies is named with its owner's words", () => {
  const message =
    'Resource \'rdpfix-1\' was disallowed by policy. Policy identifiers: \'[{"policyAssignment":{"name":"Baseline of the platform","id":"/providers/Microsoft.Management/managementGroups/corp/providers/Microsoft.Authorization/policyAssignments/baseline"},"policyDefinition":{"name":"No Run Command","id":"/providers/Microsoft.Authorization/policyDefinitions/1"}}]\'.';
  // The form: azure-docs, automation/enforce-job-execution-hybrid-worker.md; the details of a template:
  // azure-sdk-for-net, CloudErrorTests.
  const additionalInfo = [
    {
      type: "PolicyViolation",
      info: {
        evaluationDetails: { evaluatedExpressions: [{ result: "True", expressionKind: "Field", expression: "type" }] },
        policyDefinitionId: "/providers/Microsoft.Authorization/policyDefinitions/1",
        policyDefinitionName: "1",
        policyDefinitionDisplayName: "No Run Command",
        policyDefinitionEffect: "Deny",
        policyAssignmentId: "/providers/Microsoft.Management/managementGroups/corp/.../policyAssignments/baseline",
        policyAssignmentName: "baseline",
        policyAssignmentDisplayName: "Baseline of the platform",
        policyAssignmentScope: "/providers/Microsoft.Management/managementGroups/corp",
        policyAssignmentParameters: {},
      },
    },
  ];
  const error = { code: "RequestDisallowedByPolicy", target: "rdpfix-1", message };

  test.each([
    ["in additionalInfo", { ...error, additionalInfo }, " on /providers/Microsoft.Management/managementGroups/corp"],
    ["in the details", { ...error, details: [{ ...error, additionalInfo }] }, " on /providers/Microsoft.Management"],
    ["in the message alone", error, ". Ask"],
    ["in the message, beside information that nobody can read", { ...error, additionalInfo: "?" }, ". Ask"],
  ])("%s", (_, given, then) => {
    const problem = problemOf(answeredWith(403, { error: given }));
    expect(problem.code).toBe("policy-denied");
    expect(problem.message).toContain(
      `the assignment "Baseline of the platform" of the policy "No Run Command"${then}`,
    );
    expect(problem.message).toContain("az policy exemption create");
  });

  test("by Azure's sentence where it names none", () => {
    const bare = { error: { code: "RequestDisallowedByPolicy", message: "The action is disallowed by a policy." } };
    expect(problemOf(answeredWith(403, bare)).message).toContain("a policy (The action is disallowed by a policy.)");
  });
});

// Azure/azure-sdk-for-node#2305 and microsoft/vscode-azurevirtualmachines#187.
test("a provider that is not registered is named with the command", () => {
  const text =
    "The subscription is not registered to use namespace 'Microsoft.Network'. See https://aka.ms/rps-not-found for how to register subscriptions.";
  expect(problemOf(answered(409, "MissingSubscriptionRegistration", text))).toMatchObject({
    code: "azure-refused",
    retryable: false,
    message: expect.stringContaining("az provider register --namespace Microsoft.Network"),
  });
});

// microsoft/vscode-azureappservice#1646.
test("a disabled subscription is told as such", () => {
  const text =
    "The subscription '986ab24e' is disabled and therefore marked as read only. You cannot perform any write actions on this subscription until it is re-enabled.";
  expect(problemOf(answered(409, "ReadOnlyDisabledSubscription", text)).message).toContain("subscription is disabled");
});

test("a wait that Azure asks for is passed on", () => {
  expect(problemOf(answered(429, "TooManyRequests", "Slow.", { "Retry-After": "17" })).retryAfterMs).toBe(17_000);
});

test.each([
  ["AggregateAuthenticationError", "az login", false],
  ["CredentialUnavailableError", "managed identity", false],
  ["AuthenticationRequiredError", "az login", false],
  ["AuthenticationError", "tenant", false],
])("%s says what to do", (name, advice) => {
  const problem = problemOf(Object.assign(new Error("It did not work."), { name }));
  expect(problem).toMatchObject({ code: "sign-in-failed", retryable: false, detail: "It did not work." });
  expect(problem.message).toContain(advice);
});

test("a managed identity whose endpoint is away for a moment is worth another try", () => {
  const error = new Error("ManagedIdentityCredential: Network unreachable. Message: connect ECONNREFUSED");
  expect(problemOf(Object.assign(error, { name: "CredentialUnavailableError" })).retryable).toBe(true);
});

test("no token and no signed address gets into a problem", () => {
  const token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln";
  const text = `See https://management.azure.com/operations/1?t=1&s=SECRET&h=2 with ${token}\nand more`;
  const said = JSON.stringify(problemOf(answered(400, "Bad", text)));
  expect(said).not.toContain("SECRET");
  expect(said).not.toContain(token);
  expect(said).toContain("See https://management.azure.com/operations/1 with (token) and more");
});

test("a proxy's page is not quoted", () => {
  const error = answered(502, RestError.PARSE_ERROR, `Error "SyntaxError" occurred while parsing <html>PAGE</html>`);
  const problem = problemOf(error);
  expect(problem.code).toBe("azure-unavailable");
  expect(JSON.stringify(problem)).not.toContain("PAGE");
});

test("a surprise stays one", () => {
  const surprise = new TypeError("undefined is not a function");
  expect(() => problemFrom(surprise, "x")).toThrow(surprise);
  expect(() => problemFrom("thrown text", "x")).toThrow("thrown text");
});
