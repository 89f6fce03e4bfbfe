import { describe, expect, test } from "vitest";
import { hasPwsh } from "../fixtures/pwsh.ts";
import { runPwsh } from "./powershell/run-pwsh.ts";

/*
 * The functions that read what surrounds Remote Desktop (services, network, products), each over a registry that is a
 * table here.
 */

const registry = `
$Values = @{}
function Get-RegistryData($Key, $Name) {
    $data = $Values["$Key|$Name"]
    if ($null -eq $data) { return $null }
    $type = if ($data -is [int]) { 'dword' } elseif ($data -is [array]) { 'multi-string' } else { 'string' }
    if ("$data" -like 'hex:*') { return @{ type = 'binary'; data = "$data".Substring(4) } }
    return @{ type = $type; data = $data }
}
function Get-SubKeyNames($Key) { $Values.get_Keys() | Where-Object { $_ -like "$Key\\*" } | ForEach-Object { $_.Substring($Key.Length + 1).Split([char[]]'\\|')[0] } | Sort-Object -Unique }
function Get-ValueNames($Key) { $Values.get_Keys() | Where-Object { $_ -like "$Key|*" } | ForEach-Object { $_.Substring($Key.Length + 1) } }
function ConvertFrom-Hex([string]$Hex) { return , [byte[]]@(for ($at = 0; $at -lt $Hex.Length; $at += 2) { [System.Convert]::ToByte($Hex.Substring($at, 2), 16) }) }
$Services = 'SYSTEM\\CurrentControlSet\\Services'
function Set-StartType($Name, $Start) { $Values["$Services\\$Name|Start"] = $Start }
`;
const supporting = ["text.ps1", "json.ps1", "constants.ps1", "windows/supporting-services.ps1"];
const network = [...supporting, "windows/guest-network.ps1"];

describe.skipIf(!hasPwsh)("under pwsh", () => {
  test("disabled and missing services are told, and those in order are not", async () => {
    const body = `${registry}
foreach ($name in $SupportingServices) { Set-StartType $name 2 }
ConvertTo-JsonText (Get-SupportingServices)
Set-StartType 'KeyIso' 4
$Values["$Services\\KeyIso|ObjectName"] = 'LocalSystem'
$Values["$Services\\KeyIso|Type"] = 0x20
function Get-Service($Name, $ErrorAction) { if ($Name -eq 'netvsc') { throw 'no such service' }; @{ Status = 'StopPending' } }
Set-StartType 'netvsc' 4
$Values.Remove("$Services\\Dnscache|Start")
ConvertTo-JsonText (Get-SupportingServices)`;
    const [none, some] = (await runPwsh(supporting, body)).map((line) => JSON.parse(line));
    expect(none).toEqual({});
    expect(some).toEqual({
      disabled: [
        { name: "KeyIso", state: "Stop Pending", account: "LocalSystem", type: "share" },
        { name: "netvsc", state: "Unknown", account: "", type: "share" },
      ],
      missingServices: ["Dnscache"],
    });
  });

  test("why TermService cannot start: its library, a dependency, its exit code; WMI may be broken", async () => {
    const body = `${registry}
foreach ($name in $SupportingServices) { Set-StartType $name 2 }
Set-StartType 'TermService' 3
$Values["$Services\\TermService|ImagePath"] = "$([System.Environment]::SystemDirectory)\\svchost.exe -k NetworkService"
$Values["$Services\\TermService|DependOnService"] = @('RpcSs', 'Gone')
[File]::WriteAllText("$Folder/own.dll", '')
$Values["$Services\\TermService\\Parameters|ServiceDll"] = "$Folder/own.dll"
function Find-Service { throw 'Invalid namespace' }
ConvertTo-JsonText (Get-SupportingServices).obstacles
function Find-Service { @{ State = 'Stopped'; ExitCode = [uint32]1066; ServiceSpecificExitCode = [uint32]5 } }
$Values["$Services\\TermService\\Parameters|ServiceDll"] = "$Folder/gone.dll"
$Values["$Services\\TermService|ImagePath"] = 'C:\\Own\\host.exe'
ConvertTo-JsonText (Get-SupportingServices).obstacles`;
    const [[first], [second]] = (await runPwsh(supporting, body)).map((line) => JSON.parse(line));
    expect(first).toEqual({
      service: "TermService",
      library: { path: expect.stringMatching(/own\.dll$/), exists: true, company: null },
      blockedBy: [{ name: "Gone", problem: "missing" }],
    });
    expect(second).toMatchObject({
      library: { exists: false, company: null },
      image: "C:\\Own\\host.exe",
      exitCode: 1066,
      specificCode: 5,
    });
  });

  test("adapters: as DHCP made them, by hand, of a container, disabled", async () => {
    const body = `${registry}
function Test-Show($Id, $Dhcp, $Set) {
    $Values["$AdaptersKey\\$Id\\Connection|PnpInstanceID"] = 'VMBUS\\{f8615163}'
    $Values["$TcpipKey\\Interfaces\\$Id|EnableDHCP"] = $Dhcp
    $Values["$TcpipKey\\Interfaces\\$Id|DhcpNameServer"] = '168.63.129.16 10.0.0.5'
    $Values["$TcpipKey\\Interfaces\\$Id|NameServer"] = $Set
    $adapter = [pscustomobject]@{ Id = $Id; Name = 'Ethernet'; OperationalStatus = 'Up' }
    $properties = [pscustomobject]@{ GatewayAddresses = @(@{ Address = 'fe80::1' }, @{ Address = '10.0.0.1' }); UnicastAddresses = @(@{ Address = '10.0.0.4'; PrefixLength = 24 }, @{ Address = 'fe80::2%4'; PrefixLength = 64 }) }
    $properties | Add-Member -MemberType ScriptMethod -Name GetIPv4Properties -Value { @{ Index = 7 } }
    $adapter | Add-Member -MemberType ScriptMethod -Name GetIPProperties -Value { $properties }.GetNewClosure()
    ConvertTo-JsonText (Get-AdapterFacts $adapter $Ignoring)
}
$Ignoring = @(7)
Test-Show '{1}' 1 ''
$Ignoring = @(4)
Test-Show '{1}' 1 ''
Test-Show '{2}' 0 '10.0.0.5,168.63.129.16'
Test-Show '{3}' 1 '192.0.2.53'
$Values["$AdaptersKey\\{4}\\Connection|PnpInstanceID"] = 'VMBUS\\off'
$Values["$AdaptersKey\\{4}\\Connection|Name"] = 'Ethernet 4'
$Values['SYSTEM\\CurrentControlSet\\Enum\\VMBUS\\off|ConfigFlags'] = 1
$Values["$AdaptersKey\\{5}\\Connection|PnpInstanceID"] = 'ROOT\\VMS_MP\\0000'
$Values['SYSTEM\\CurrentControlSet\\Enum\\ROOT\\VMS_MP\\0000|ConfigFlags'] = 1
ConvertTo-JsonText @(Get-DisabledAdapters @('{1}', '{2}', '{3}'))`;
    const [ignoring, dhcp, fixed, dns, off] = (await runPwsh(network, body)).map((line) => JSON.parse(line));
    const up = { name: "Ethernet", state: "up", addresses: ["10.0.0.4/24"], gateways: ["10.0.0.1"] };
    expect(ignoring).toEqual({ ...up, dhcp: true, ownDns: [], ignoresDefaultRoutes: true });
    expect(dhcp).toEqual({ ...up, dhcp: true, ownDns: [] });
    // The same servers as those of DHCP, in another order.
    expect(fixed).toEqual({ ...up, dhcp: false, ownDns: [] });
    expect(dns).toEqual({ ...up, dhcp: true, ownDns: ["192.0.2.53"] });
    expect(off).toEqual([
      { name: "Ethernet 4", state: "disabled", dhcp: null, addresses: [], gateways: [], ownDns: [] },
    ]);
  });

  test("adapters of other makers count with a default route: of a tunnel without a gateway, not of a switch, not down", async () => {
    const body = `${registry}
function New-Adapter($Name, $Gateways, $Status = 'Up') {
    $adapter = [pscustomobject]@{ Name = $Name; Description = 'TAP-Windows Adapter V9'; OperationalStatus = $Status }
    $properties = @{ GatewayAddresses = @($Gateways | ForEach-Object { @{ Address = $_ } }); UnicastAddresses = @(@{ Address = '10.8.0.6'; PrefixLength = 30 }) }
    $adapter | Add-Member -MemberType ScriptMethod -Name GetIPProperties -Value { $properties }.GetNewClosure()
    return $adapter
}
$all = @((New-Adapter 'TAP' @('10.8.0.5')), (New-Adapter 'Tunnel' @('0.0.0.0')), (New-Adapter 'Six' @('fe80::1')), (New-Adapter 'Switch' @()), (New-Adapter 'Down' @('10.8.0.5') 'Down'))
ConvertTo-JsonText @($all | ForEach-Object { Get-ForeignAdapter $_ })
function Get-NetIPInterface { @{ InterfaceIndex = [uint32]4; IgnoreDefaultRoutes = 'Disabled' }; @{ InterfaceIndex = [uint32]7; IgnoreDefaultRoutes = 'Enabled' } }
ConvertTo-JsonText @(Get-IgnoringIndexes)
function Get-NetIPInterface { throw 'WMI' }
ConvertTo-JsonText @(Get-IgnoringIndexes)`;
    const [foreign, ignoring, unknown] = (await runPwsh(network, body)).map((line) => JSON.parse(line));
    const facts = { kind: "TAP-Windows Adapter V9", addresses: ["10.8.0.6/30"] };
    expect(foreign).toEqual([
      { name: "TAP", ...facts },
      { name: "Tunnel", ...facts },
    ]);
    expect(ignoring).toEqual([7]);
    expect(unknown).toEqual([]);
  });

  test("addresses besides those of DHCP: of a loopback adapter, of a cluster on the VM's adapter, of a switch", async () => {
    const body = `${registry}
function New-Adapter($Id, $Name, $Device, $Addresses, $Status = 'Up') {
    $Values["$AdaptersKey\\$Id\\Connection|PnpInstanceID"] = $Device
    $adapter = [pscustomobject]@{ Id = $Id; Name = $Name; OperationalStatus = $Status }
    $properties = @{ UnicastAddresses = @($Addresses | ForEach-Object { @{ Address = $_; PrefixLength = 24 } }) }
    $adapter | Add-Member -MemberType ScriptMethod -Name GetIPProperties -Value { $properties }.GetNewClosure()
    return $adapter
}
$nic = New-Adapter '{1}' 'Ethernet' 'VMBUS\\{f8615163}' @('10.0.0.4', 'fe80::2%4', '10.0.0.20')
$listed = New-Adapter '{2}' 'Ethernet 2' 'VMBUS\\{f8615163}' @('10.0.0.5', '10.0.0.6')
$loopback = New-Adapter '{3}' 'Loopback Pseudo-Interface 1' '' @('127.0.0.1', '20.50.60.80')
$down = New-Adapter '{4}' 'vEthernet' 'ROOT\\VMS_MP\\0000' @('172.20.0.1') 'Down'
$switch = New-Adapter '{5}' 'vEthernet 2' 'ROOT\\VMS_MP\\0001' @('169.254.7.7', '172.21.0.1')
ConvertTo-JsonText @(Get-OtherAddresses @($nic, $listed, $loopback, $down, $switch) @(@{ name = 'Ethernet 2' }))
ConvertTo-JsonText @(Get-OtherAddresses @((New-Adapter '{6}' 'Ethernet' 'PCI\\0' @('10.0.0.4'))) @())
ConvertTo-JsonText @(Get-OtherAddresses @((New-Adapter '{7}' 'x' '' @(1..12 | ForEach-Object { "10.9.0.$_" }))) @()).Count`;
    const [some, none, many] = (await runPwsh(network, body)).map((line) => JSON.parse(line));
    expect(some).toEqual(["10.0.0.20/24", "20.50.60.80/24", "172.21.0.1/24"]);
    expect(none).toEqual([]);
    expect(many).toBe(8);
  });

  test("providers without a library, proxies, and ports", async () => {
    const body = `${registry}
$order = 'SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order|ProviderOrder'
$Values[$order] = 'RDPNP,LanmanWorkstation,webclient,Here,OldVpn'
[File]::WriteAllText("$Folder/here.dll", '')
$Values["$Services\\Here\\NetworkProvider|ProviderPath"] = "$Folder/here.dll"
$Values["$Services\\OldVpn\\NetworkProvider|ProviderPath"] = "$Folder/gone.dll"
"$(Get-DeadProviders)"
$settings = 'SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings'
$Values["$settings|ProxyServer"] = 'off:1'
"$(Get-MachineProxies)."
$Values["$settings|ProxyEnable"] = 1
$name = ([System.Text.Encoding]::ASCII.GetBytes('10.0.0.200:3128') | ForEach-Object { $_.ToString('X2') }) -join ''
$Values["$settings\\Connections|WinHttpSettings"] = "hex:1800000000000000030000000F000000$($name)00000000"
"$(Get-MachineProxies)"
$ports = Get-PortUse
"$($ports.available) $($ports.used -lt 16384)"`;
    const [dead, none, proxies, ports] = await runPwsh(network, body);
    expect(dead).toBe("OldVpn");
    expect(none).toBe(".");
    expect(proxies).toBe("off:1 WinHTTP 10.0.0.200:3128");
    // Without the command the range is Windows' own.
    expect(ports).toBe("16384 True");
  });

  test("network components of others, and known services that are not disabled", async () => {
    const body = `${registry}
$class = 'SYSTEM\\CurrentControlSet\\Control\\Network\\{4D36E974-E325-11CE-BFC1-08002BE10318}'
ConvertTo-JsonText (Get-InstalledProducts)
foreach ($id in 'ms_server', 'netvsc_vfpp', 'vms_pp', 'acme_lwf') { $Values["$class\\{$id}|ComponentId"] = $id }
Set-StartType 'ekrn' 2
Set-StartType 'CSFalconService' 4
ConvertTo-JsonText (Get-InstalledProducts)`;
    const files = [...supporting, "windows/installed-products.ps1"];
    const [none, some] = (await runPwsh(files, body)).map((line) => JSON.parse(line));
    expect(none).toEqual({});
    expect(some).toEqual({ filters: ["acme_lwf"], security: ["ekrn"] });
  });

  test("the service manager's failures are told by service and code, whatever the language", async () => {
    const body = `
function Find-Service { @{ Name = 'TermService'; DisplayName = 'Remotedesktopdienste' } }
function Read-Events($From) {
    if ($From.Provider -eq 'Tcpip') { @{ Properties = @(); Id = 4231; TimeCreated = [datetime]::UtcNow } }
    if ($From.Provider -ne 'ServiceControlManager') { return }
    @{ Properties = @(@{ Value = 'Remotedesktopdienste' }, @{ Value = '%%126' }); Id = 7023; TimeCreated = [datetime]::UtcNow }
    @{ Properties = @(@{ Value = 'Spooler' }, @{ Value = '%%126' }); Id = 7023; TimeCreated = [datetime]::UtcNow }
    @{ Properties = @(@{ Value = 'Remotedesktopdienste' }); Id = 7022; TimeCreated = [datetime]::UtcNow }
}
foreach ($group in @(Get-EventCounts 24)) { "$($group.provider) $($group.id) $($group.status)." }`;
    expect(await runPwsh(["text.ps1", "windows/events.ps1"], body)).toEqual([
      "ServiceControlManager 7022 .",
      "ServiceControlManager 7023 TermService 126.",
      "Tcpip 4231 .",
    ]);
  });
});
