metadata description = 'RDP Remediation for Azure VMs: the service, its rights on the VMs it may repair, and the alerts that reach it.'

targetScope = 'subscription'

import { alertSettings, roleDefinitionNames, serviceSettings, target } from 'types.bicep'

@description('Names everything: resource group, tag, and the token in names that must be unique. azd sets it.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of the service. It need not be that of the VMs. Those that Microsoft lists for Flex Consumption in the public cloud; `az functionapp list-flexconsumption-locations` tells today\'s.')
@allowed([
  'australiaeast'
  'australiasoutheast'
  'brazilsouth'
  'canadacentral'
  'centralindia'
  'centralus'
  'eastasia'
  'eastus'
  'eastus2'
  'eastus2euap'
  'francecentral'
  'germanywestcentral'
  'italynorth'
  'japaneast'
  'koreacentral'
  'northcentralus'
  'northeurope'
  'norwayeast'
  'southafricanorth'
  'southcentralus'
  'southeastasia'
  'southindia'
  'spaincentral'
  'swedencentral'
  'uaenorth'
  'uksouth'
  'ukwest'
  'westcentralus'
  'westeurope'
  'westus'
  'westus2'
  'westus3'
  // Other clouds: all of their regions, because no list for Flex Consumption is published there.
  'chinaeast2'
  'chinaeast3'
  'chinanorth2'
  'chinanorth3'
  'usgovarizona'
  'usgovtexas'
  'usgovvirginia'
])
@metadata({ azd: { type: 'location' } })
param location string

@description('Resource group of the service; made when it is not there.')
param resourceGroupName string = 'rg-rdp-remediation-${environmentName}'

@description('Tags of every resource.')
param tags object = {}

@description('Client id of the app registration whose tokens the API takes.')
@minLength(36)
@maxLength(36)
param apiClientId string

@description('Object id of that app registration. Alerts need it: their action group sends tokens for it.')
param apiObjectId string = ''

@description('Where VMs may be looked at and repaired. Nowhere when empty.')
param targets target[] = []

@description('Groups whose networks may be read besides those of the targets: those of hub networks and network security groups, and NetworkWatcherRG for IP flow verify. Without them parts of a network verdict are unknown.')
param networkGroups target[] = []

@description('Role definitions that were made beforehand, for who may not make any; made here when left out.')
param roleDefinitions roleDefinitionNames?

@description('May ask for just-in-time access where VMs are under it.')
param justInTimeAccess bool = false

@description('What the service may do, by the names in docs/settings.md; what is left out has its default there.')
param settings serviceSettings = {}

@description('A GitHub token that may dispatch the pipeline that owns the network; the repository goes into settings. With it comes a Key Vault to keep it.')
@secure()
param dispatchToken string = ''

@description('The secrets that receivers of notifications name, as a JSON object; the receivers go into settings. With it comes a Key Vault to keep it.')
@secure()
param notificationSecrets string = ''

@description('The Communication Services resource through which the service sends mail, by its resource id. None when empty.')
param communicationServiceId string = ''

@description('Where Durable Functions keeps its queues: as the package was staged. The runs stay in Azure Tables either way.')
@allowed(['azure-storage', 'scheduler'])
param durableBackend string = 'azure-storage'

@description('Instances that wait for requests, and as many that wait for work of Durable Functions. With none, an alert of the night waits for a cold start.')
@minValue(0)
@maxValue(5)
param alwaysReadyInstances int = 0

@description('Puts storage and secrets behind private endpoints, and the app into a virtual network of its own.')
param privateNetwork bool = false

@description('Addresses of that virtual network; it is halved. /26 or larger: Flex Consumption takes no subnet below /27.')
param networkPrefix string = '10.90.0.0/24'

@description('Who may reach the API besides Azure Monitor, as CIDR ranges. Everybody with a token when empty.')
param allowedCallers string[] = []

@description('App Service authentication in front of the API. Its code checks every token either way.')
param platformSignIn bool = true

@description('Alerts that reach the service; none when left out.')
param alerts alertSettings?

@description('How long logs are kept, in days.')
@minValue(30)
@maxValue(730)
param retentionDays int = 30

var hasSecrets = !empty(dispatchToken) || !empty(notificationSecrets)
var token = toLower(uniqueString(subscription().id, environmentName, location))
// Names and ids are written down here and not read from outputs: a what-if knows nothing of a resource whose name, or whose
// condition, comes from an output.
// What cannot start is refused before anything is made.
var checkedApiObjectId = alerts != null && empty(apiObjectId)
  ? fail('apiObjectId is empty, and alerts need it: the action group asks for tokens of that app registration. `npm run register-app` prints it.')
  : apiObjectId
var checkedNetworkPrefix = privateNetwork && int(last(split(networkPrefix, '/'))) > 26
  ? fail('networkPrefix ${networkPrefix} is too small: its halves are subnets, and Flex Consumption needs /27. Give /26 or larger.')
  : networkPrefix
// Assigning a role whose definition is neither made nor named would fail in the middle of the deployment.
var checkedRoleDefinitions = justInTimeAccess && roleDefinitions != null && empty(roleDefinitions.?jitRequester ?? '')
  ? fail('roleDefinitions.jitRequester is missing, and justInTimeAccess needs it: make it from infra/roles/jit-requester.json, and give its name.')
  : !empty(networkGroups) && roleDefinitions != null && empty(roleDefinitions.?networkReader ?? '')
      ? fail('roleDefinitions.networkReader is missing, and networkGroups need it: make it from infra/roles/network-reader.json, and give its name.')
      : roleDefinitions
var groupId = '${subscription().id}/resourceGroups/${resourceGroupName}'
var identityName = 'id-rdp-${token}'
var identityId = '${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${identityName}'
var insightsName = 'appi-rdp-${token}'
var workspaceName = 'log-rdp-${token}'
var storageName = 'strdp${token}'
var networkName = 'vnet-rdp-${token}'
var networkId = '${groupId}/providers/Microsoft.Network/virtualNetworks/${networkName}'
var privateEndpoints = privateNetwork ? { networkId: networkId, subnetId: '${networkId}/subnets/endpoints' } : null
var allTags = union(tags, { 'azd-env-name': environmentName })
var alertScopes = map(targets, one => resourceIdOf(one))
var ownTargets = filter(targets, one => one.subscriptionId == subscription().subscriptionId)
var watchedScopes = map(ownTargets, one => resourceIdOf(one))

func resourceIdOf(place target) string =>
  '/subscriptions/${place.subscriptionId}${place.resourceGroup == '*' ? '' : '/resourceGroups/${place.resourceGroup}'}'

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: resourceGroupName
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: identityName
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: workspaceName
    insightsName: insightsName
    location: location
    tags: allTags
    retentionDays: retentionDays
    identityId: identityId
    principalId: identity.outputs.principalId
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  params: {
    name: networkName
    location: location
    tags: allTags
    prefix: checkedNetworkPrefix
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: storageName
    location: location
    tags: allTags
    identityId: identityId
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
    privateEndpoints: privateEndpoints
  }
  dependsOn: [network]
}

module scheduler 'modules/scheduler.bicep' = if (durableBackend == 'scheduler') {
  scope: group
  params: {
    name: 'dts-rdp-${token}'
    location: location
    tags: allTags
    identityId: identityId
    principalId: identity.outputs.principalId
    clientId: identity.outputs.clientId
  }
}

module secrets 'modules/secrets.bicep' = if (hasSecrets) {
  scope: group
  params: {
    name: 'kv-rdp-${token}'
    location: location
    tags: allTags
    identityId: identityId
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
    privateEndpoints: privateEndpoints
    dispatchToken: dispatchToken
    notificationSecrets: notificationSecrets
  }
  dependsOn: [network]
}

module app 'modules/function-app.bicep' = {
  scope: group
  params: {
    name: 'func-rdp-${token}'
    location: location
    tags: allTags
    identityId: identityId
    clientId: identity.outputs.clientId
    storageName: storageName
    packageContainer: storage.outputs.packageContainer
    insightsName: insightsName
    workspaceId: monitoring.outputs.workspaceId
    subnetId: privateNetwork ? '${networkId}/subnets/app' : ''
    allowedCallers: allowedCallers
    alwaysReadyInstances: alwaysReadyInstances
    apiClientId: apiClientId
    platformSignIn: platformSignIn
    alertScopes: alertScopes
    settings: union(
      settings,
      durableBackend == 'scheduler' ? scheduler!.outputs.settings : {},
      empty(dispatchToken) ? {} : secrets!.outputs.dispatchSettings,
      empty(notificationSecrets) ? {} : secrets!.outputs.notificationSettings
    )
  }
  dependsOn: [network]
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  params: {
    location: location
    tags: allTags
    workspaceId: '${groupId}/providers/Microsoft.OperationalInsights/workspaces/${workspaceName}'
    serviceUrl: settings.?RDP_REMEDIATION_PUBLIC_URL ?? 'https://${app.outputs.hostName}'
  }
}

module roles 'modules/roles.bicep' = {
  params: {
    identityId: identityId
    principalId: identity.outputs.principalId
    targets: targets
    justInTimeAccess: justInTimeAccess
    environmentName: environmentName
    existing: checkedRoleDefinitions
    networkGroups: networkGroups
  }
}

module mailRole 'modules/mail-role.bicep' = if (!empty(communicationServiceId)) {
  // By position, so that an empty id still compiles.
  scope: resourceGroup(split('${communicationServiceId}/////', '/')[2], split('${communicationServiceId}/////', '/')[4])
  params: {
    identityId: identityId
    principalId: identity.outputs.principalId
    communicationServiceName: last(split(communicationServiceId, '/'))
  }
}

module alerting 'alerts/alerts.bicep' = if (alerts != null) {
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    hostName: app.outputs.hostName
    serviceUrl: settings.?RDP_REMEDIATION_PUBLIC_URL ?? 'https://${app.outputs.hostName}'
    apiClientId: apiClientId
    apiObjectId: checkedApiObjectId
    scopes: watchedScopes
    regions: alerts.?regions ?? []
    mode: alerts.?mode ?? 'report'
    emails: alerts.?emails ?? []
  }
}

module associations 'alerts/association.bicep' = [
  for vm in alerts.?vms ?? []: {
    name: 'rdp-events-${uniqueString(vm)}'
    scope: resourceGroup(split(vm, '/')[2], split(vm, '/')[4])
    params: {
      vmName: last(split(vm, '/'))
      ruleId: alerting!.outputs.dataCollectionRuleId
    }
  }
]

module connectionMonitors 'alerts/connection-monitor.bicep' = [
  for monitor in alerts.?connectionMonitors ?? []: {
    name: 'rdp-port-${monitor.location}'
    // Azure makes this group, and a watcher in it, with the first virtual network of a region.
    scope: resourceGroup('NetworkWatcherRG')
    params: {
      name: 'rdp-port-${token}'
      location: monitor.location
      tags: allTags
      sources: monitor.sources
      destinations: monitor.destinations
      workspaceId: monitoring.outputs.workspaceId
      actionGroupId: alerting!.outputs.actionGroupId
      mode: alerts.?mode ?? 'report'
    }
  }
]

@description('Where azd and pipelines find what they deploy to.')
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_NAME string = app.outputs.name
output SERVICE_URL string = 'https://${app.outputs.hostName}'
output SERVICE_PRINCIPAL_ID string = identity.outputs.principalId
