import { describeRule, type NetworkProposal, type ProposedRule } from "../core/network-proposal.ts";

/*
 * The formats of a proposal for people and pipelines. Each is derived from the proposal alone, so that a pipeline can
 * derive it again instead of trusting what was sent.
 */

export const templateFile = "infra/fixes/nsg-rdp-rule.bicep";

/** The variable parts of the resource id of a security group. */
export interface NsgName {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/** @throws RangeError if it is not the id of a network security group; the schema of a proposal excludes that. */
export function nsgNameOf({ nsgId }: Pick<ProposedRule, "nsgId">): NsgName {
  const [, , subscriptionId, , resourceGroup, , , , name] = nsgId.split("/");
  if (!subscriptionId || !resourceGroup || !name) throw new RangeError(`${nsgId} is no id of a security group`);
  return { subscriptionId, resourceGroup, name };
}

/** The values of the template's parameters, by name. */
export function templateValues(proposal: NetworkProposal, rule: ProposedRule) {
  const { runId, name, source, destination, port } = proposal;
  return {
    securityGroupName: nsgNameOf(rule).name,
    runId,
    ruleName: name,
    priority: rule.priority,
    source,
    destination,
    port,
    // As the description of the rule has it: without fractions, which ARM's functions for dates do not all take.
    expiresAt: `${new Date(proposal.expiresAt).toISOString().slice(0, 19)}Z`,
  };
}

/** A JSON parameter file for the template, as `az deployment group what-if` and `create` accept it. */
export function parameterFile(proposal: NetworkProposal, rule: ProposedRule) {
  return {
    $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
    contentVersion: "1.0.0.0",
    parameters: Object.fromEntries(
      Object.entries(templateValues(proposal, rule)).map(([name, value]) => [name, { value }]),
    ),
  };
}

/**
 * The command for a person who may write the group, for a Unix shell or PowerShell. A line may break only between its
 * parts.
 */
export function azCommandParts(proposal: NetworkProposal, rule: ProposedRule): string[] {
  const { subscriptionId, resourceGroup, name } = nsgNameOf(rule);
  return [
    "az network nsg rule create",
    `--subscription ${subscriptionId}`,
    `--resource-group ${quote(resourceGroup)} --nsg-name ${quote(name)}`,
    `--name ${proposal.name} --priority ${rule.priority}`,
    "--direction Inbound --access Allow --protocol Tcp",
    `--source-address-prefixes ${proposal.source} --source-port-ranges '*'`,
    `--destination-address-prefixes ${proposal.destination} --destination-port-ranges ${proposal.port}`,
    `--description ${quote(describeRule(proposal))}`,
  ];
}

export function azCommand(proposal: NetworkProposal, rule: ProposedRule): string {
  return azCommandParts(proposal, rule).join(" ");
}

/** Single quotes work in both kinds of shell. The schema of a proposal excludes quotes in its values. */
function quote(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text}'`;
}

/** The effect of the deployment, line by line, for people. */
export function describeWhatIf(proposal: NetworkProposal): string {
  return proposal.rules.map((rule) => whatIfRule(proposal, rule)).join("\n");
}

function whatIfRule(proposal: NetworkProposal, rule: ProposedRule): string {
  const { subscriptionId, resourceGroup, name } = nsgNameOf(rule);
  return [
    `~ network security group ${name}`,
    `    in resource group ${resourceGroup} of subscription ${subscriptionId}`,
    `  + inbound rule ${proposal.name}`,
    `      priority     ${rule.priority}, before ${rule.before.rule} (${rule.before.priority})`,
    "      access       Allow, Tcp",
    `      source       ${proposal.source}, any port`,
    `      destination  ${proposal.destination}, port ${proposal.port}`,
    `      description  ${describeRule(proposal)}`,
  ].join("\n");
}
