import { join } from "node:path";
import { expect, test } from "vitest";
import { problemFrom } from "../../lib/azure/call-azure.ts";
import { createCredential } from "../../lib/azure/credential.ts";
import { type SignInTraces, signInSources } from "../../lib/azure/sign-in-sources.ts";

/** A machine with these traces. That it is asked for the metadata service is counted. */
function machine(environment: Record<string, string> = {}, files: string[] = [], isVm = false) {
  let asked = 0;
  const traces: SignInTraces = {
    environment,
    home: "/home/kim",
    exists: (path) => files.includes(path),
    async isAzureVm() {
      asked += 1;
      return isVm;
    },
  };
  return { traces, asked: () => asked };
}

const azureProfile = join("/home/kim", ".azure", "azureProfile.json");
const secret = { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c", AZURE_CLIENT_SECRET: "s" };

test.each<[string, Parameters<typeof machine>, string[]]>([
  ["nobody", [], []],
  ["az login", [{}, [azureProfile]], ["azure-cli"]],
  ["az login in another folder", [{ AZURE_CONFIG_DIR: "/az" }, [join("/az", "azureProfile.json")]], ["azure-cli"]],
  ["a client without its secret is none", [{ AZURE_CLIENT_ID: "c", AZURE_TENANT_ID: "t" }], []],
  ["a service principal before az login", [secret, [azureProfile]], ["environment", "azure-cli"]],
  ["a pod of AKS", [{ AZURE_FEDERATED_TOKEN_FILE: "/f" }], ["workload-identity"]],
  ["a VM of Azure", [{}, [azureProfile], true], ["managed-identity", "azure-cli"]],
  ["Connect-AzAccount", [{}, [join("/home/kim", ".Azure", "AzureRmContext.json")]], ["azure-powershell"]],
  ["azd auth login", [{}, [join("/home/kim", ".azd", "auth")]], ["azure-developer-cli"]],
])("%s", async (_, given, sources) => {
  expect(await signInSources(machine(...given).traces)).toEqual(sources);
});

test("where the environment names a managed identity, no address is asked for one", async () => {
  const { traces, asked } = machine({ IDENTITY_ENDPOINT: "http://127.0.0.1:1" });
  expect(await signInSources(traces)).toEqual(["managed-identity"]);
  expect(asked()).toBe(0);
});

test("that nobody is signed in is told without starting a program, with the command that cures it", async () => {
  const credential = createCredential({ kind: "default" }, machine().traces);
  const thrown = await credential.getToken("https://management.azure.com/.default").then(
    () => null,
    (error: unknown) => error,
  );
  expect(problemFrom(thrown, "read VM vm-app-01")).toMatchObject({
    code: "sign-in-failed",
    retryable: false,
    message: 'Could not read VM vm-app-01: nobody is signed in to Azure. Run "az login" and try again.',
  });
});
