import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Change } from "../../lib/core/change.ts";
import { dropOrder, GuestEvidence, sectionNames } from "../../lib/core/guest-evidence.ts";
import { securityProducts } from "../../lib/core/installed-products.ts";
import { supportingServiceNames } from "../../lib/core/supporting-services.ts";
import { resourceKinds } from "../../lib/guest/resources.ts";
import { evidenceBounds, sectionFunctions } from "../../lib/guest/sections.ts";

/*
 * The guest's own tables are generated from those of the service, so a mistake would be in both. What they permit is
 * written out here once more, by hand: whoever widens it changes this test too.
 */

function read(file: string): string {
  return readFileSync(new URL(`../../lib/guest/scripts/${file}`, import.meta.url), "utf8");
}

/** What is assigned to a variable, in one line. */
function assigned(text: string, name: string): string {
  const value = new RegExp(
    `^\\$${name} = ((?:\\[ordered\\])?@[({].*[)}]$|(?:\\[ordered\\])?@[({][\\s\\S]*?^[)}]|.*$)`,
    "m",
  ).exec(text)?.[1];
  if (!value) throw new Error(`There is no $${name}.`);
  return value.replace(/\s+/g, " ");
}

const quoted = (text: string) => [...text.matchAll(/'([^']*)'/g)].map(([, word]) => word);

describe("constants.ps1 and allowed-changes.ps1", () => {
  const constants = read("constants.ps1");
  const allowedChanges = read("allowed-changes.ps1");

  test.each([
    ["RdpServices", "@('SessionEnv', 'TermService', 'UmRdpService')"],
    [
      "RdpServiceAccounts",
      "@{ SessionEnv = 'LocalSystem'; TermService = 'NT AUTHORITY\\NetworkService'; UmRdpService = 'LocalSystem' }",
    ],
    ["CryptoServices", "@{ CryptSvc = 'Auto'; KeyIso = 'Manual' }"],
    ["ServiceLibraries", "@{ TermService = 'termsrv.dll'; SessionEnv = 'sessenv.dll' }"],
    ["WaitSeconds", "60"],
    ["MaximumWaits", "5"],
    ["DefaultRdpPort", "3389"],
    ["MostKeysToCopy", "20000"],
    ["AgentServices", "@('WindowsAzureGuestAgent', 'RdAgent')"],
    ["RdpFirewallGroup", "'@FirewallAPI.dll,-28752'"],
    ["RdpKeyPrefix", "'f686aace6942fb7f7ceb231212eef4a4_'"],
    ["MachineKeysDefault", "@{ owner = 'S-1-5-18'; sddl = 'D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)' }"],
    ["DefaultRights", "@{ i = 'BA BU'; n = 'WD BA BU'; r = 'BA RD'; s = 'AS' }"],
    ["JournalFormat", "1"],
    ["JournalGraceDays", "1"],
    ["ReplyMarker", "'RDP-REMEDIATION-REPLY'"],
    ["MaximumReplyBytes", "3500"],
    ["ReplyLimits", "@{ reason = 1024; items = 64; text = 512 }"],
    ["UsualTextLength", "512"],
    ["LongestExactTexts", "@{ data = 8192; sddl = 2048 }"],
  ])("$%s", (name, expected) => {
    expect(assigned(constants, name)).toBe(expected);
  });

  test("entries that may be added to permissions, and whose deny entries may be dropped", () => {
    const sessionEnv = "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833";
    const termService = "S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104";
    expect(quoted(assigned(allowedChanges, "GrantedEntries"))).toEqual([
      ...["machine-keys-folder", "(A;;0x12019f;;;WD)", "(A;;FA;;;BA)"],
      ...["rdp-key", "(A;;FA;;;SY)", "(A;;FR;;;NS)", "(A;;FR;;;BA)", `(A;;FA;;;${sessionEnv})`],
      ...["certificate-key", "(A;;FR;;;NS)"],
    ]);
    expect(quoted(assigned(allowedChanges, "DeniedHolders")).sort()).toEqual(
      ["NS", "SY", "BA", "BU", "WD", "AU", "SU", termService, sessionEnv].sort(),
    );
  });

  test("rights and accounts by their codes", () => {
    expect(assigned(constants, "LogOnRights").match(/\w+ = '\w+'/g)).toEqual([
      "i = 'SeInteractiveLogonRight'",
      "n = 'SeNetworkLogonRight'",
      "r = 'SeRemoteInteractiveLogonRight'",
      "s = 'SeServiceLogonRight'",
      "di = 'SeDenyInteractiveLogonRight'",
      "dn = 'SeDenyNetworkLogonRight'",
      "dr = 'SeDenyRemoteInteractiveLogonRight'",
      "ds = 'SeDenyServiceLogonRight'",
    ]);
    expect(assigned(constants, "Trustees").match(/\w+ = '[-\w]+'/g)).toEqual([
      "WD = 'S-1-1-0'",
      "AU = 'S-1-5-11'",
      "BA = 'S-1-5-32-544'",
      "BU = 'S-1-5-32-545'",
      "RD = 'S-1-5-32-555'",
      "L = 'S-1-5-113'",
      "LA = 'S-1-5-114'",
      "AS = 'S-1-5-80-0'",
    ]);
  });

  test("how long a value may be weakened, and what Windows renews by itself", () => {
    expect(assigned(allowedChanges, "MaximumWeakenMinutes")).toBe("1440");
    expect(assigned(allowedChanges, "RenewingKinds")).toBe(
      "@('remove-rdp-certificate', 'rename-rdp-key', 'rename-machine-keys-folder')",
    );
    expect(quoted(assigned(allowedChanges, "KeyTargetNames").replace("''", "\u2019"))).toEqual([
      ...["machine-keys-folder", "permissions of the MachineKeys folder", "rdp-key", "permissions of the RDP key file"],
      ...["certificate-key", "permissions of the key file of the listener\u2019s certificate"],
    ]);
  });

  test("changes of which only these are allowed", () => {
    const rows = (kind: string) => {
      const row = new RegExp(`'${kind}' = @\\{ fields = @\\((.*?)\\); values = @\\((.*?)\\) \\}`).exec(allowedChanges);
      return { fields: quoted(row?.[1] ?? ""), values: quoted(row?.[2] ?? "") };
    };
    const denied = (right: string) =>
      ["WD", "AU", "BA", "BU", "RD", "L", "LA"].map((one) => `["${right}","${one}",false]`);
    expect(rows("set-log-on-right")).toEqual({
      fields: ["right", "account", "to"],
      values: [
        ...['["r","BA",true]', '["r","RD",true]', '["i","BA",true]', '["s","AS",true]'],
        ...[...denied("dr"), ...denied("di"), ...denied("dn")],
        '["ds","AS",false]',
      ],
    });
    expect(rows("set-firewall-inbound")).toEqual({
      fields: ["profile", "to"],
      values: ['["Domain","block"]', '["Private","block"]', '["Public","block"]'],
    });
    expect(rows("rename-machine-keys-folder")).toEqual({ fields: ["force"], values: ["[true]", "[false]"] });
    expect(rows("restart-rdp-services")).toEqual({ fields: [], values: ["[]"] });
    expect(assigned(allowedChanges, "AllowedChanges").match(/fields =/g)).toHaveLength(4);
  });

  test("every kind of change has a rule: in the table, or one of its own in allow-list.ps1", () => {
    const allowList = read("allow-list.ps1");
    const kinds = Change.options.map(({ shape }) => shape.kind.value);
    const ruled = kinds.filter((kind) => [allowedChanges, allowList].some((text) => text.includes(`'${kind}'`)));
    expect(ruled).toEqual(kinds);
  });

  test("names of services and containers without a comma, each once", () => {
    const [names = ""] = quoted(assigned(constants, "SupportingServices"));
    expect(names.split(",")).toEqual(supportingServiceNames);
    const [products = ""] = quoted(assigned(constants, "SecurityServices"));
    expect(products.split(",")).toEqual(Object.keys(securityProducts));
    expect(assigned(constants, "KnownContainers").match(/\w{8}'? = '[^']+'/g)).toEqual([
      "6de9cb26' = 'iisConfigurationKey'",
      "76944fb3' = 'iisWasKey'",
      "d6d986f0 = 'NetFrameworkConfigurationKey'",
      "c2319c42 = 'Microsoft Internet Information Server'",
      "7a436fe8' = 'MS IIS DCOM Server'",
      "bedbf0b4 = 'WMSvc Certificate Key Container'",
    ]);
  });
});

describe("the sections of the evidence", () => {
  test("every one is dropped in the end, and `dependents` before its section", () => {
    expect([...dropOrder].sort()).toEqual([...sectionNames, "dependents"].sort());
    expect(dropOrder.indexOf("dependents")).toBeLessThan(dropOrder.indexOf("keys"));
    expect(dropOrder.slice(-6)).toEqual(["keys", "listener", "services", "registry", "certificate", "handshake"]);
  });

  test("every one is read by a function of its own", () => {
    const functions = Object.values(sectionFunctions);
    expect(functions).toEqual([...new Set(functions)]);
    expect(Object.keys(sectionFunctions).sort()).toEqual([...sectionNames].sort());
  });

  test("the bounds are those of the schema", () => {
    const { lists, texts } = evidenceBounds();
    expect(lists).toMatchObject({ winStations: 16, dependents: 32, profiles: 3, rules: 32, events: 32, others: 8 });
    expect(texts).toEqual({ data: 8192, sddl: 2048 });
    const seventeen = Array.from({ length: 17 }, () => ({ name: "RDP-Tcp", port: 3389, wdName: "rdp" }));
    const { listener } = GuestEvidence.shape;
    const section = (count: number) => ({ port: 3389, owner: null, winStations: seventeen.slice(0, count) });
    expect([16, 17].map((count) => listener.safeParse(section(count)).success)).toEqual([true, false]);
  });
});

describe("the resources that a journal may name", () => {
  const fields = (kind: keyof typeof resourceKinds) => resourceKinds[kind].fields as Record<string, string>;
  const allowed = (kind: keyof typeof resourceKinds, field: string, text: string) =>
    new RegExp(`^(?:${fields(kind)[field]})$`).test(text);

  test.each([
    ["service-setting", "service", ["SessionEnv", "TermService", "UmRdpService", "CryptSvc", "KeyIso"]],
    ["service-state", "service", ["CryptSvc", "KeyIso"]],
    ["firewall-profile", "name", ["Domain", "Private", "Public"]],
    ["restore-task", "value", ["UserAuthentication", "SecurityLayer"]],
    ["certificate", "thumbprint", ["0123456789ABCDEF0123456789ABCDEF01234567"]],
    ["log-on-right", "right", ["SeInteractiveLogonRight", "SeDenyServiceLogonRight"]],
    ["log-on-right", "sid", ["S-1-1-0", "S-1-5-80-0"]],
  ] as const)("%s by its %s", (kind, field, texts) => {
    for (const text of texts) expect(allowed(kind, field, text)).toBe(true);
    const others = [
      "",
      "Spooler",
      "termservice",
      "SeDebugPrivilege",
      "S-1-5-21-1-2-3-1001",
      `${texts[0]}2`,
      `x${texts[0]}`,
    ];
    for (const text of others) expect(allowed(kind, field, text)).toBe(false);
  });
});
