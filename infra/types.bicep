metadata description = 'The shapes of the parameters of main.bicep.'

@description('Where the service may work.')
@export()
@sealed()
type target = {
  subscriptionId: string
  @description('One resource group; `*` for all of the subscription, because a forgotten name must not mean everything.')
  @minLength(1)
  resourceGroup: string
}

@description('Role definitions that somebody made beforehand from infra/roles, by their names, which are GUIDs.')
@export()
@sealed()
type roleDefinitionNames = {
  remediator: string
  jitRequester: string?
  networkReader: string?
  alertCloser: string
}

// What values they take is checked by the app at its start, and by the tests in the parameter files.
@export()
@sealed()
type serviceSettings = {
  RDP_REMEDIATION_ARM_ENDPOINT: string?
  RDP_REMEDIATION_ARM_SCOPE: string?
  RDP_REMEDIATION_API_VERSIONS: string?
  RDP_REMEDIATION_SCRIPTS: string?
  RDP_REMEDIATION_PAGE_CLIENT_ID: string?
  RDP_REMEDIATION_ALLOW_SELF_APPROVAL: string?
  RDP_REMEDIATION_ACCESS_RULES: string?
  RDP_REMEDIATION_RUNS_PER_CALLER: string?
  RDP_REMEDIATION_VM_LISTS_PER_CALLER: string?
  RDP_REMEDIATION_MAXIMUM_RISK: string?
  RDP_REMEDIATION_SESSIONS_WITHOUT_ASKING: string?
  RDP_REMEDIATION_WEAKEN_MINUTES: string?
  RDP_REMEDIATION_WEAKEN_MAXIMUM_MINUTES: string?
  RDP_REMEDIATION_ACCESS_ADDRESSES: string?
  RDP_REMEDIATION_KEEP_JOURNALS_DAYS: string?
  RDP_REMEDIATION_KEEP_JOURNALS_COUNT: string?
  RDP_REMEDIATION_KEEP_RUNS_DAYS: string?
  RDP_REMEDIATION_PROBE: string?
  RDP_REMEDIATION_PUBLIC_URL: string?
  RDP_REMEDIATION_RUNS_AT_WORK: string?
  RDP_REMEDIATION_ON_PREMISES_RANGES: string?
  RDP_REMEDIATION_DISPATCH_REPOSITORY: string?
  RDP_REMEDIATION_DISPATCH_ENDPOINT: string?
  RDP_REMEDIATION_SCAN_SCOPES: string?
  RDP_REMEDIATION_SCAN_HOURS: string?
  RDP_REMEDIATION_ALERT_MAXIMUM_RISK: string?
  RDP_REMEDIATION_ALERT_UNTAGGED: string?
  RDP_REMEDIATION_ALERT_COOL_DOWN_MINUTES: string?
  RDP_REMEDIATION_ALERT_VMS_PER_HOUR: string?
  RDP_REMEDIATION_ALERT_RUNS_PER_VM: string?
  RDP_REMEDIATION_TABLE: string?
  RDP_REMEDIATION_TELEMETRY_SAMPLING: string?
  RDP_REMEDIATION_NOTIFICATIONS: string?
}

@export()
@sealed()
type alertSettings = {
  @description('Regions whose VMs are watched: an availability rule covers one region.')
  regions: string[]
  @description('VMs whose events are gathered, by resource id. They need the Azure Monitor agent.')
  vms: string[]
  @description('What an alert asks for; the tag of a VM and the settings may only lower it.')
  mode: 'report' | 'repair'
  @description('Who is told by mail besides.')
  emails: string[]?
  @description('VMs with the Network Watcher agent that try port 3389 of others in their region.')
  connectionMonitors: connectionMonitor[]?
}

@sealed()
type connectionMonitor = {
  location: string
  sources: string[]
  destinations: string[]
}

@description('Where private endpoints stand, and the virtual network that resolves their names; resource ids.')
@export()
@sealed()
type endpointPlace = {
  networkId: string
  subnetId: string
}
