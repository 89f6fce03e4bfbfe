import { describeRule, type NetworkProposal, type ProposedRule } from "../core/network-proposal.ts";

/*
 * A proposal in the forms that people and pipelines take. Each says the same, and is made from the proposal alone, so
 * that whoever deploys can make them again instead of believing what was sent.
 */

export const templateFile = "infra/fixes/nsg-rdp-rule.bicep";

/** Where a security group is; the words in between are fixed. */
export interface NsgPlace {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/** @throws RangeError for what is not the id of a network security group, which no proposal has. */
export function placeOf({ nsgId }: Pick<ProposedRule, "nsgId">): NsgPlace {
  const [, , subscriptionId, , resourceGroup, , , , name] = nsgId.split("/");
  if (!subscriptionId || !resourceGroup || !name) throw new RangeError(`${nsgId} is no id of a security group`);
  return { subscriptionId, resourceGroup, name };
}

/** The values of the template's parameters, by name. */
export function templateValues(proposal: NetworkProposal, rule: ProposedRule) {
  const { runId, name, source, destination, port } = proposal;
  return {
    securityGroupName: placeOf(rule).name,
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

/** A parameter file for the template: the form that `az deployment group what-if` and `create` take beside Bicep's own. */
export function parameterFile(proposal: NetworkProposal, rule: ProposedRule) {
  return {
    $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
    contentVersion: "1.0.0.0",
    parameters: Object.fromEntries(
      Object.entries(templateValues(proposal, rule)).map(([name, value]) => [name, { value }]),
    ),
  };
}

/** What a person types who may write the group, in a shell of Unix or in PowerShell; in parts that stay on a line. */
export function azCommandParts(proposal: NetworkProposal, rule: ProposedRule): string[] {
  const { subscriptionId, resourceGroup, name } = placeOf(rule);
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

/** Both kinds of shell take single quotes as they stand; the schema of a proposal leaves no quote inside of them. */
function quote(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text}'`;
}

/** What deploying would change, line by line, for people. */
export function whatIf(proposal: NetworkProposal): string {
  return proposal.rules.map((rule) => whatIfRule(proposal, rule)).join("\n");
}

function whatIfRule(proposal: NetworkProposal, rule: ProposedRule): string {
  const { subscriptionId, resourceGroup, name } = placeOf(rule);
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
