import { readFileSync } from "node:fs";

/*
 * The Azure CLI as the pipeline calls it, over a sandbox; whatever else it is asked is an error. Instead of a template it
 * deploys what the template says: one rule with the values of the parameter file.
 */

const { SANDBOX_ARM = "", SANDBOX_ARM_TOKEN = "", SERVICE_TOKEN = "" } = process.env;
const [, , ...given] = process.argv;
const flag = (name: string) => given[given.indexOf(name) + 1] ?? "";
const [first = "", second = "", third = ""] = given;
const api = "api-version=2024-05-01";

async function arm(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${SANDBOX_ARM}${path}?${api}`, {
    method,
    headers: { authorization: `Bearer ${SANDBOX_ARM_TOKEN}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text === "" ? null : JSON.parse(text);
}

async function deploy(): Promise<string> {
  if (flag("--template-file") !== "infra/fixes/nsg-rdp-rule.bicep") throw new Error("another template");
  const { parameters } = JSON.parse(readFileSync(flag("--parameters").replace(/^@/, ""), "utf8"));
  const value = (name: string) => parameters[name].value;
  const group = `/subscriptions/${flag("--subscription")}/resourceGroups/${flag("--resource-group")}/providers/Microsoft.Network/networkSecurityGroups/${value("securityGroupName")}`;
  // An identity that may not write is refused without it.
  if (third === "what-if" && flag("--validation-level") !== "ProviderNoRbac") throw new Error("no right to deploy");
  if (third === "what-if") return `+ ${group}/securityRules/${value("ruleName")}`;
  await arm("PUT", `${group}/securityRules/${value("ruleName")}`, {
    properties: {
      description: `RDP remediation run ${value("runId")}, expires ${value("expiresAt")}`,
      priority: value("priority"),
      direction: "Inbound",
      access: "Allow",
      protocol: "Tcp",
      sourceAddressPrefix: value("source"),
      destinationAddressPrefix: value("destination"),
      destinationPortRange: String(value("port")),
    },
  });
  return "{}";
}

/** The CLI flattens properties. */
async function listGroups(): Promise<string> {
  const path = `/subscriptions/${flag("--subscription")}/resourceGroups/rg-app/providers/Microsoft.Network/networkSecurityGroups`;
  const { value } = (await arm("GET", path)) as { value: { properties: { securityRules: Rule[] } }[] };
  const flatten = ({ id, name, properties }: Rule) => ({ id, name, description: null, ...properties });
  return JSON.stringify(value.map(({ properties }) => ({ securityRules: properties.securityRules.map(flatten) })));
}

interface Rule {
  readonly id: string;
  readonly name: string;
  readonly properties: object;
}

async function answer(): Promise<string> {
  if (first === "account" && second === "get-access-token" && flag("--resource") === "api://rdp-remediation") {
    return SERVICE_TOKEN;
  }
  if (first === "deployment" && second === "group" && (third === "what-if" || third === "create")) return deploy();
  if (given.slice(0, 3).join(" ") === "network nsg list") return listGroups();
  if (given.slice(0, 4).join(" ") === "network nsg rule delete") {
    await arm("DELETE", flag("--ids"));
    return "";
  }
  throw new Error(`nobody expected az ${given.join(" ")}`);
}

console.log(await answer());
