import { describe, expect, test } from "vitest";
import { FirewallSection } from "../../lib/core/guest-evidence.ts";
import { hasPwsh } from "../fixtures/pwsh.ts";
import { runPwsh } from "./powershell/run-pwsh.ts";

/*
 * The real script that reads the firewall, over stand-ins for the commands of the module NetSecurity and for the
 * registry: the rules of each test come as plain data.
 */

interface Rule {
  id: string;
  name?: string;
  group?: string;
  enabled?: string;
  action?: string;
  port?: string | string[];
  protocol?: string;
  remote?: string[];
  program?: string;
  service?: string;
  store?: string;
}

interface Windows {
  rules?: Rule[];
  service?: string;
  profile?: string;
  values?: Record<string, { type: string; data: unknown }>;
  events?: { id: number; values: string[] }[];
}

const standIns = `
$given = [File]::ReadAllText("$Folder/input.json") | ConvertFrom-Json -AsHashtable
$rules = @($given.rules)
$numbers = @{}
for ($at = 0; $at -lt $rules.Count; $at++) { $rules[$at].number = $at }
function New-Part($Rule, $Fields) { [pscustomobject](@{ InstanceID = $Rule.id; Number = $Rule.number } + $Fields) }
function Find-Service($Condition) {
    if ($Condition -match 'BFE') { return [pscustomobject]@{ Name = 'BFE'; DisplayName = 'Base Filtering Engine'; State = 'Running'; StartMode = 'Auto' } }
    [pscustomobject]@{ Name = 'MpsSvc'; DisplayName = 'Windows Defender Firewall'; State = $given.service; StartMode = 'Auto' }
}
function Get-NetConnectionProfile($ErrorAction) { if ($given.profile -eq 'unread') { throw 'The service cannot be started.' }; [pscustomobject]@{ NetworkCategory = $given.profile } }
function Get-NetFirewallProfile($PolicyStore, $ErrorAction) {
    foreach ($name in 'Domain', 'Private', 'Public') { [pscustomobject]@{ Name = $name; Enabled = 'True'; DefaultInboundAction = 'Block'; AllowInboundRules = 'True'; AllowLocalFirewallRules = 'NotConfigured'; AllowLocalIPsecRules = 'NotConfigured' } }
}
function Get-NetFirewallRule($PolicyStore, $Direction, $ErrorAction) {
    foreach ($rule in $rules) { New-Part $rule @{ Name = $rule.name; RuleGroup = $rule.group; Enabled = $rule.enabled; Action = $rule.action; Profile = 'Any'; PolicyStoreSourceType = $rule.store } }
}
function Select-Rules($AssociatedNetFirewallRule) { if ($AssociatedNetFirewallRule) { $rules[$AssociatedNetFirewallRule.Number] } else { $rules } }
function Get-NetFirewallPortFilter($PolicyStore, $AssociatedNetFirewallRule, $ErrorAction) {
    foreach ($rule in Select-Rules $AssociatedNetFirewallRule) { New-Part $rule @{ Protocol = $rule.protocol; LocalPort = $rule.port } }
}
function Get-NetFirewallApplicationFilter($PolicyStore, $AssociatedNetFirewallRule, $ErrorAction) {
    foreach ($rule in Select-Rules $AssociatedNetFirewallRule) { New-Part $rule @{ Program = $rule.program; Package = $null } }
}
function Get-NetFirewallServiceFilter($PolicyStore, $AssociatedNetFirewallRule, $ErrorAction) {
    foreach ($rule in Select-Rules $AssociatedNetFirewallRule) { New-Part $rule @{ Service = $rule.service } }
}
function Get-NetFirewallAddressFilter($PolicyStore, $AssociatedNetFirewallRule, $ErrorAction) {
    foreach ($rule in Select-Rules $AssociatedNetFirewallRule) { New-Part $rule @{ RemoteAddress = $rule.remote } }
}
function Get-RegistryData($Key, $Name) { $value = $given.values["$Key\\$Name"]; if ($value) { return @{ type = $value.type; data = $value.data } }; return $null }
function Get-ValueNames($Key) { foreach ($path in $given.values.Keys) { if ($path.StartsWith("$Key\\")) { $path.Substring($Key.Length + 1) } } }
function Get-LoopbackApps { return @{ type = 'MultiString'; characters = 55692 } }
function Read-Events($From, $Since) { foreach ($event in $given.events) { [pscustomobject]@{ Id = [int]$event.id; Properties = @(foreach ($value in $event.values) { [pscustomobject]@{ Value = $value } }) } } }
`;

const read = `ConvertTo-Json -InputObject (Get-FirewallFacts 3389) -Depth 6 -Compress`;

async function look({ rules = [], ...windows }: Windows): Promise<FirewallSection> {
  const given = {
    service: "Running",
    profile: "Public",
    values: {},
    events: [],
    ...windows,
    rules: rules.map(fill),
  };
  const files = ["text.ps1", "constants.ps1", "windows/firewall.ps1", "windows/firewall-startup.ps1"];
  const [line] = await runPwsh(files, `${standIns}\n${read}`, given);
  return FirewallSection.parse(JSON.parse(line ?? ""));
}

function fill(rule: Rule) {
  return {
    name: rule.id,
    group: null,
    enabled: "True",
    action: "Allow",
    port: "3389",
    protocol: "TCP",
    remote: ["Any"],
    program: "Any",
    service: "Any",
    store: "Local",
    ...rule,
  };
}

const policies = "SOFTWARE\\Policies\\Microsoft\\WindowsFirewall";

describe.skipIf(!hasPwsh)("the firewall as the script reads it", () => {
  test("keeps the rules that are on and about the port, and all of the group", async () => {
    const { rules } = await look({
      rules: [
        { id: "own" },
        { id: "other-port", port: "443" },
        { id: "off", enabled: "False" },
        { id: "udp", protocol: "UDP" },
        { id: "another-program", port: "Any", program: "C:\\game.exe" },
        { id: "of-the-group", group: "@FirewallAPI.dll,-28752", enabled: "False" },
        { id: "of-mdm", store: "MDM", remote: ["10.0.0.0/255.0.0.0"] },
      ],
    });
    expect(rules.map(({ name, managedBy, enabled }) => [name, managedBy, enabled])).toEqual([
      ["own", "local", true],
      ["of-the-group", "local", false],
      ["of-mdm", "policy", true],
    ]);
  });

  test("a rule of policy with the id of a local one keeps its own port and addresses", async () => {
    const { rules } = await look({
      rules: [
        { id: "RemoteDesktop-In", port: "3389", remote: ["10.0.0.0/8"] },
        { id: "RemoteDesktop-In", port: "3389", remote: ["203.0.113.7"], store: "GroupPolicy" },
        { id: "twin", port: "443" },
        { id: "twin", port: "3389", action: "Block", store: "GroupPolicy" },
      ],
    });
    expect(rules.map(({ managedBy, action, remoteAddresses }) => [managedBy, action, remoteAddresses])).toEqual([
      ["policy", "Block", ["Any"]],
      ["local", "Allow", ["10.0.0.0/8"]],
      ["policy", "Allow", ["203.0.113.7"]],
    ]);
  });

  test("of many rules those that decide are kept, and bans are left out first", async () => {
    const bans = Array.from({ length: 990 }, (_, at) => ({
      id: `ban-${at}`,
      action: "Block",
      remote: [`198.51.${at % 250}.${at % 200}`],
    }));
    const { rules, leftOut } = await look({
      rules: [...bans, { id: "office", remote: ["203.0.113.0/24"] }, { id: "all", group: "@FirewallAPI.dll,-28752" }],
    });
    expect(rules).toHaveLength(6);
    expect(rules.slice(0, 2).map(({ name }) => name)).toEqual(["all", "office"]);
    expect(leftOut).toEqual({ allow: 0, block: 986 });
  });

  test("of a long list of addresses the rest is counted", async () => {
    const remote = Array.from({ length: 30 }, (_, at) => `198.51.100.${at}`);
    const { rules } = await look({ rules: [{ id: "ban", action: "Block", remote }] });
    expect(rules[0]).toMatchObject({ remoteAddresses: remote.slice(0, 8), addressesLeftOut: 22 });
  });

  test("the profile in use may be unreadable, and the rest is read", async () => {
    const found = await look({ rules: [{ id: "own" }], profile: "unread" });
    expect(found.profileUnread).toContain("The service cannot be started.");
    expect(found.profiles.map(({ active }) => active)).toEqual([false, false, false]);
    expect(found.rules).toHaveLength(1);
  });

  test("policy that does not merge local rules, also under the old name of the private profile", async () => {
    const { profiles } = await look({
      values: {
        [`${policies}\\PublicProfile\\AllowLocalPolicyMerge`]: { type: "dword", data: 0 },
        [`${policies}\\StandardProfile\\AllowLocalIPsecPolicyMerge`]: { type: "dword", data: 0 },
        [`${policies}\\DomainProfile\\AllowLocalPolicyMerge`]: { type: "dword", data: 1 },
      },
    });
    expect(profiles.map(({ localRules, localIpsec }) => [localRules, localIpsec])).toEqual([
      [undefined, undefined],
      [undefined, false],
      [false, undefined],
    ]);
  });

  test("connection security rules that are on and demand IPsec, of both stores, as they are", async () => {
    const local = "SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\ConSecRules";
    const demand = "v2.31|Action=Secure|Active=TRUE|Name=x|";
    const { ipsec } = await look({
      values: {
        [`${local}\\{ON}`]: { type: "string", data: demand },
        [`${local}\\{OFF}`]: { type: "string", data: demand.replace("TRUE", "FALSE") },
        [`${local}\\{BOUNDARY}`]: { type: "string", data: demand.replace("Secure", "Boundary") },
        [`${policies}\\ConSecRules\\{BINARY}`]: { type: "binary", data: "00" },
      },
    });
    expect(ipsec).toEqual([
      { id: "{ON}", managedBy: "local", text: demand },
      { id: "{BINARY}", managedBy: "policy", text: null },
    ]);
  });

  test("a service that dies tells why it may, and what the service manager logged of it alone", async () => {
    const found = await look({
      service: "Start Pending",
      events: [
        { id: 7024, values: ["Windows Defender Firewall", "%%13"] },
        { id: 7024, values: ["Windows Defender Firewall", "%%13"] },
        { id: 7000, values: ["Print Spooler", "%%2"] },
      ],
    });
    expect(found).toEqual({
      service: "Start Pending",
      profiles: [],
      rules: [],
      startup: {
        startMode: "Auto",
        engine: { state: "Running", startMode: "Auto" },
        loopbackApps: { type: "MultiString", characters: 55692 },
        failures: [{ id: 7024, status: "13", count: 2 }],
      },
    });
  });
});
