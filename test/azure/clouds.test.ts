import { createDefaultHttpClient, createHttpHeaders, type HttpClient } from "@azure/core-rest-pipeline";
import { ClientSecretCredential } from "@azure/identity";
import { describe, expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { readSettings } from "../../lib/settings.ts";
import { readWhole } from "../fixtures/read-whole.ts";
import { sandboxWith } from "./sandbox.ts";

function settingsOf(environment: Record<string, string>) {
  const settings = readSettings(environment);
  if (!settings.ok) throw new Error(settings.problem.message);
  return settings.value;
}

/** Carries what is sent to these hosts to the sandbox, and gives its addresses their names. Other hosts are refused. */
function mapped(hosts: readonly string[], sandbox: string): HttpClient & { readonly asked: Set<string> } {
  const network = createDefaultHttpClient();
  const asked = new Set<string>();
  return {
    asked,
    async sendRequest(request) {
      const { origin, pathname, search } = new URL(request.url);
      if (!hosts.includes(origin)) throw new Error(`Not of this cloud: ${request.url}`);
      asked.add(origin);
      const answer = await network.sendRequest({ ...request, url: `${sandbox}${pathname}${search}` });
      const renamed = (text: string) => text.replaceAll(sandbox, origin);
      const headers = createHttpHeaders();
      for (const [name, value] of answer.headers) headers.set(name, renamed(value));
      return { ...answer, request, headers, bodyAsText: answer.bodyAsText && renamed(answer.bodyAsText) };
    },
  };
}

// The addresses: azure-cli, azure-cli-core/cloud.py.
const published = [
  ["AzureCloud", "https://management.azure.com", "https://login.microsoftonline.com", "core.windows.net"],
  [
    "AzureUSGovernment",
    "https://management.usgovcloudapi.net",
    "https://login.microsoftonline.us",
    "core.usgovcloudapi.net",
  ],
  ["AzureChinaCloud", "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn", "core.chinacloudapi.cn"],
] as const;

describe.each(published)("%s", (cloud, arm, authority, suffix) => {
  test("is one setting: ARM, Entra, token scope, storage", () => {
    const settings = settingsOf({
      RDP_REMEDIATION_CLOUD: cloud,
      AzureWebJobsStorage__accountName: "runs",
      RDP_REMEDIATION_TENANT_ID: "00000000-0000-4000-8000-0000000000aa",
      RDP_REMEDIATION_AUDIENCES: "api://rdp-remediation",
    });
    expect(settings.arm).toEqual({ endpoint: arm, scope: `${arm}/.default`, apiVersions: {}, scripts: "whole" });
    expect(settings.credential.authorityHost).toBe(authority);
    expect(settings.api.signIn?.authorityHost).toBe(authority);
    expect(settings.table).toMatchObject({ endpoint: `https://runs.table.${suffix}` });
  });

  test("a VM in it is read, and a script runs in it, with nothing asked of another cloud", async () => {
    const { sandbox, vm } = await sandboxWith({ network: { nics: [{ securityGroup: { name: "nsg" } }] } }, { cloud });
    const { arm: settings, credential } = settingsOf({ RDP_REMEDIATION_CLOUD: cloud });
    const httpClient = mapped([arm, authority], sandbox.endpoint);
    const { clientId, secret } = sandbox.remediator;
    const signIn = new ClientSecretCredential(sandbox.tenantId, clientId, secret, {
      authorityHost: credential.authorityHost,
      disableInstanceDiscovery: true,
      httpClient,
    });
    const azure = connectAzure({ ...settings, credential: signIn, httpClient });
    const read = await readWhole(azure.reader, vm, { sources: ["203.0.113.7"] });
    expect(JSON.stringify(read)).not.toContain("unreadable");
    expect(read).toMatchObject({ ok: true, value: { network: { interfaces: [{ effective: [{}] }] } } });
    const command = {
      name: "rdpfix-1-collect-1",
      script: "1",
      timeoutSeconds: 60,
      deadline: "2026-11-21T09:00:00.000Z",
      location: "westeurope",
    };
    expect(await azure.channel.start(vm, command)).toEqual({ ok: true, value: "started" });
    expect([...httpClient.asked].sort()).toEqual([authority, arm].sort());
  });

  test("does not issue a token for the ARM of another cloud", async () => {
    const { sandbox, vm } = await sandboxWith({}, { cloud });
    const other = published.find(([name]) => name !== cloud)?.[1] ?? "";
    const httpClient = mapped([other, authority], sandbox.endpoint);
    const { clientId, secret } = sandbox.remediator;
    const signIn = new ClientSecretCredential(sandbox.tenantId, clientId, secret, {
      authorityHost: authority,
      disableInstanceDiscovery: true,
      httpClient,
    });
    const read = await connectAzure({ endpoint: other, credential: signIn, httpClient }).reader.read(vm);
    expect(read).toMatchObject({ ok: false, problem: { code: "sign-in-failed" } });
  });
});

test("single settings come before the cloud's", () => {
  const settings = settingsOf({
    RDP_REMEDIATION_CLOUD: "AzureUSGovernment",
    RDP_REMEDIATION_ARM_ENDPOINT: "https://arm.example/",
    RDP_REMEDIATION_ARM_SCOPE: "api://arm/.default",
    AZURE_AUTHORITY_HOST: "https://login.example/",
    RDP_REMEDIATION_API_VERSIONS: "Microsoft.Compute=2024-07-01, Microsoft.Network=2024-05-01",
  });
  expect(settings.arm).toEqual({
    endpoint: "https://arm.example",
    scope: "api://arm/.default",
    apiVersions: { "Microsoft.Compute": "2024-07-01", "Microsoft.Network": "2024-05-01" },
    scripts: "whole",
  });
  expect(settings.credential.authorityHost).toBe("https://login.example");
});

test.each(["Compute=2024-07-01", "Microsoft.Compute", "Microsoft.Compute=latest", ","])(
  "%s is no list of API versions",
  (text) => {
    expect(readSettings({ RDP_REMEDIATION_API_VERSIONS: text })).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining("RDP_REMEDIATION_API_VERSIONS") },
    });
  },
);
