import { describe, expect, inject, test } from "vitest";
import type { z } from "zod";
import { GuestNetworkSection } from "../../lib/core/guest-network.ts";
import { InstalledProductsSection } from "../../lib/core/installed-products.ts";
import { DomainSection, LicensingSection, SubsystemSection } from "../../lib/core/log-on.ts";
import { SupportingServicesSection } from "../../lib/core/supporting-services.ts";
import { askGuest } from "./guest.ts";
import type { Machine } from "./machine.ts";
import { importRegistry } from "./registry-file.ts";

/*
 * The sections that are read from the registry and from .NET, on a registry that reg.exe of Wine wrote, healthy and not.
 * Each answer must have the shape that the service reads.
 */

const machine = inject("machine") as Machine;

async function readSection<Shape extends z.ZodType>(shape: Shape, command: string): Promise<z.infer<Shape>> {
  // Wine has no userinit.exe.
  const body = `[System.IO.File]::WriteAllText('C:\\windows\\system32\\userinit.exe', '')\nOut (${command})`;
  const [answer] = await askGuest(machine, body, { standIns: true });
  return shape.parse(answer);
}

const root = "HKEY_LOCAL_MACHINE";
const winlogon = `[${root}\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon]`;
const services = `${root}\\SYSTEM\\CurrentControlSet\\Services`;
const network = `${root}\\SYSTEM\\CurrentControlSet\\Control\\Network`;

/** As regedit writes a text of the type REG_EXPAND_SZ. */
function expandText(text: string): string {
  const bytes = Buffer.from(`${text}\0`, "utf16le");
  return `hex(2):${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(",")}`;
}

describe.skipIf(!machine)("the sections about log-ons and the platform, under Wine", () => {
  test("what starts a session is not told where it is as Windows makes it", async () => {
    await importRegistry(
      machine,
      winlogon,
      '"Shell"="explorer.exe"',
      '"Userinit"="C:\\\\windows\\\\system32\\\\userinit.exe,"',
    );
    expect(await readSection(SubsystemSection, "Get-SubsystemFacts")).toEqual(SubsystemSection.parse({}));
  });

  test("a shell without a path is found where Windows looks for programs", async () => {
    const [system, core] = [
      "SOFTWARE\\Microsoft\\Windows\\CurrentVersion",
      "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion",
    ];
    await importRegistry(
      machine,
      winlogon,
      '"Shell"="userinit -noexit"',
      '"Userinit"="C:\\\\windows\\\\system32\\\\userinit.exe,"',
      `[${root}\\${core}]`,
      '"InstallationType"="Server Core"',
      `[${root}\\${system}\\App Paths\\kiosk.exe]`,
      '@="C:\\\\windows\\\\system32\\\\userinit.exe"',
    );
    const found = { value: "Shell", own: false, missing: [] };
    const told = async () => await readSection(SubsystemSection, "Get-SubsystemFacts");
    expect(await told()).toMatchObject({ core: true, winlogon: [{ ...found, data: "userinit -noexit" }] });
    await importRegistry(machine, winlogon, '"Shell"="kiosk.exe /full"');
    expect(await told()).toMatchObject({ core: true, winlogon: [{ ...found, data: "kiosk.exe /full" }] });
    await importRegistry(
      machine,
      winlogon,
      '"Shell"="explorer.exe"',
      `[${root}\\${core}]`,
      '"InstallationType"="Server"',
    );
  });

  test("a broken Userinit and Shell, set-up mode, profiles, policies that refuse programs", async () => {
    const profile = `${root}\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\S-1-5-21-1-2-3`;
    const exe = `${root}\\SOFTWARE\\Policies\\Microsoft\\Windows\\SrpV2\\Exe`;
    const rule =
      '<FilePathRule Id=\\"a\\" Name=\\"a\\" UserOrGroupSid=\\"S-1-5-32-544\\" Action=\\"Allow\\"><Conditions><FilePathCondition Path=\\"*\\"/></Conditions></FilePathRule>';
    await importRegistry(
      machine,
      winlogon,
      '"Shell"="C:\\\\kiosk program\\\\kiosk.exe /full"',
      '"Userinit"="C:\\\\windows\\\\system32\\\\userinit.exe,C:\\\\gone.exe"',
      `[${root}\\SYSTEM\\Setup]`,
      '"SetupType"=dword:00000002',
      '"CmdLine"="cmd.exe /k gone"',
      `[${profile}-1000]`,
      '"State"=dword:00000008',
      '"ProfileImagePath"="C:\\\\Users\\\\gone"',
      `[${profile}-1000.bak]`,
      `[${root}\\SYSTEM\\CurrentControlSet\\Services\\RpcSs]`,
      '"ImagePath"="svchost -k a"',
      `[${root}\\SYSTEM\\CurrentControlSet\\Services\\RpcEptMapper]`,
      '"ImagePath"="svchost -k b"',
      `[${exe}]`,
      '"EnforcementMode"=dword:00000001',
      `[${exe}\\a]`,
      `"Value"="${rule}"`,
      `[${root}\\SOFTWARE\\Policies\\Microsoft\\Windows\\Safer\\CodeIdentifiers]`,
      '"DefaultLevel"=dword:00000000',
    );
    expect(await readSection(SubsystemSection, "Get-SubsystemFacts")).toEqual({
      winlogon: [
        {
          value: "Userinit",
          data: "C:\\windows\\system32\\userinit.exe,C:\\gone.exe",
          own: true,
          missing: ["C:\\gone.exe"],
        },
        {
          value: "Shell",
          data: "C:\\kiosk program\\kiosk.exe /full",
          own: false,
          missing: ["C:\\kiosk program\\kiosk.exe /full"],
        },
      ],
      core: false,
      setup: { type: 2, command: "cmd.exe /k gone", exists: true },
      profiles: { backup: 1, temporary: 1, missing: 1 },
      rpcSplit: true,
      appLocker: [{ collection: "Exe", denies: false, allows: "administrators" }],
      restricted: { allows: false },
      scripts: 0,
    });
  });

  test("a member of a workgroup and of Entra ID; a machine without the role of a session host", async () => {
    expect(await readSection(DomainSection, "Get-DomainFacts")).toMatchObject({ join: "workgroup" });
    await importRegistry(machine, `[${root}\\SYSTEM\\CurrentControlSet\\Control\\CloudDomainJoin\\JoinInfo\\ABC]`);
    expect(await readSection(DomainSection, "Get-DomainFacts")).toMatchObject({ join: "entra" });
    expect(await readSection(LicensingSection, "Get-LicensingFacts")).toMatchObject({ mode: 0 });
  });

  test("DNS servers that were set by hand and differ from those of DHCP", async () => {
    const interfaces = `${services}\\Tcpip\\Parameters\\Interfaces`;
    await importRegistry(
      machine,
      `[${interfaces}\\{AAAAAAAA-0000-0000-0000-000000000001}]`,
      '"NameServer"="10.9.9.9,10.9.9.8"',
      '"DhcpNameServer"="168.63.129.16"',
      `[${interfaces}\\{AAAAAAAA-0000-0000-0000-000000000002}]`,
      '"NameServer"="168.63.129.16"',
      '"DhcpNameServer"="168.63.129.16"',
    );
    const [servers] = await askGuest(machine, "Out @(Get-OwnDnsServers)", { standIns: true });
    expect(servers).toEqual(["10.9.9.8 10.9.9.9"]);
  });

  test("services that are missing or disabled, and why one of Remote Desktop's cannot start", async () => {
    await importRegistry(
      machine,
      `[${services}\\CryptSvc]`,
      '"Start"=dword:00000004',
      '"Type"=dword:00000020',
      '"ObjectName"="NT Authority\\\\NetworkService"',
      `[${services}\\SessionEnv]`,
      `"ImagePath"=${expandText("%SystemRoot%\\System32\\svchost.exe -k netsvcs")}`,
      '"DependOnService"=hex(7):43,00,72,00,79,00,70,00,74,00,53,00,76,00,63,00,00,00,67,00,6f,00,6e,00,65,00,00,00,00,00',
      `[${services}\\SessionEnv\\Parameters]`,
      `"ServiceDll"=${expandText("%SystemRoot%\\system32\\kernel32.dll")}`,
    );
    const section = await readSection(SupportingServicesSection, "Get-SupportingServices");
    expect(section.disabled).toEqual([
      { name: "CryptSvc", state: expect.any(String), account: "NT Authority\\NetworkService", type: "share" },
    ]);
    // Wine has few of them.
    expect(section.missingServices).toContain("netvsc");
    expect(section.missingServices).not.toContain("CryptSvc");
    expect(section.obstacles.find(({ service }) => service === "SessionEnv")).toMatchObject({
      library: { path: "C:\\windows\\system32\\kernel32.dll", exists: true },
      blockedBy: [
        { name: "CryptSvc", problem: "disabled" },
        { name: "gone", problem: "missing" },
      ],
    });
  });

  test("filters in the network stack and security products", async () => {
    const protocols = `${network}\\{4D36E974-E325-11CE-BFC1-08002BE10318}`;
    await importRegistry(
      machine,
      `[${protocols}\\{1}]`,
      '"ComponentId"="ms_tcpip"',
      `[${protocols}\\{2}]`,
      '"ComponentId"="ccs_filter"',
      `[${services}\\CSFalconService]`,
      '"Start"=dword:00000002',
      `[${services}\\ekrn]`,
      '"Start"=dword:00000004',
    );
    expect(await readSection(InstalledProductsSection, "Get-InstalledProducts")).toEqual({
      filters: ["ccs_filter"],
      security: ["CSFalconService"],
      credentials: [],
    });
  });

  test("a filter of credential providers is told by its file, but not one of Windows, and not one without its file", async () => {
    const filters = `${root}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Authentication\\Credential Provider Filters`;
    const library = (id: string, path: string) => [
      `[${filters}\\${id}]`,
      '@="A filter"',
      `[${root}\\SOFTWARE\\Classes\\CLSID\\${id}\\InprocServer32]`,
      `@="${path}"`,
    ];
    await importRegistry(
      machine,
      ...library("{AAAAAAAA-0000-0000-0000-000000000011}", "C:\\\\windows\\\\SecondFactor.dll"),
      ...library("{AAAAAAAA-0000-0000-0000-000000000012}", "shell32.dll"),
      ...library("{AAAAAAAA-0000-0000-0000-000000000013}", "C:\\\\Gone\\\\Filter.dll"),
    );
    const made = "[System.IO.File]::WriteAllText('C:\\windows\\SecondFactor.dll', '')";
    const section = await readSection(InstalledProductsSection, `& { ${made}; Get-InstalledProducts }`);
    expect(section.credentials).toEqual(["SecondFactor.dll"]);
  });

  test("the version of CredSSP is read of Windows before version 1803 alone", async () => {
    const own =
      "[System.IO.File]::Copy('C:\\windows\\system32\\credui.dll', 'C:\\windows\\system32\\TSpkg.dll', $true)";
    const [old, later] = (await askGuest(
      machine,
      `${own}\nOut (Get-CredSspVersion 14393)\nOut (Get-CredSspVersion 17763)`,
      {
        standIns: true,
      },
    )) as [unknown, unknown];
    expect(old).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(later).toBeNull();
  });

  test("routes, network providers and proxies that somebody set, and an adapter that is disabled", async () => {
    const adapter = `${network}\\{4D36E972-E325-11CE-BFC1-08002BE10318}\\{AAAAAAAA-0000-0000-0000-000000000003}\\Connection`;
    const settings = `${root}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings`;
    await importRegistry(
      machine,
      `[${adapter}]`,
      '"Name"="Ethernet 7"',
      '"PnpInstanceID"="VMBUS\\\\{F8615163}\\\\7"',
      `[${root}\\SYSTEM\\CurrentControlSet\\Enum\\VMBUS\\{F8615163}\\7]`,
      '"ConfigFlags"=dword:00000001',
      `[${services}\\Tcpip\\Parameters\\PersistentRoutes]`,
      '"0.0.0.0,0.0.0.0,10.0.0.9,1"=""',
      `[${root}\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order]`,
      '"ProviderOrder"="RDPNP,LanmanWorkstation,oldvpn"',
      `[${settings}]`,
      '"ProxyEnable"=dword:00000001',
      '"ProxyServer"="proxy.example:8080"',
      `[${settings}\\Connections]`,
      `"WinHttpSettings"=hex:28,00,00,00,00,00,00,00,03,00,00,00,04,00,00,00,70,3a,38,30`,
    );
    const section = await readSection(GuestNetworkSection, "Get-GuestNetwork");
    expect(section.adapters).toContainEqual({
      name: "Ethernet 7",
      state: "disabled",
      dhcp: null,
      addresses: [],
      gateways: [],
      ownDns: [],
    });
    expect(section).toMatchObject({
      persistentRoutes: ["0.0.0.0,0.0.0.0,10.0.0.9,1"],
      deadProviders: ["oldvpn"],
      // The adapters of this machine are none of Azure.
      otherAddresses: expect.toSatisfy((all: string[]) =>
        all.every((one) => /^(?!127|169\.254)[\d.]+\/\d+$/.test(one)),
      ),
      proxies: expect.arrayContaining(["proxy.example:8080", "WinHTTP p:80"]),
    });
  });
});
