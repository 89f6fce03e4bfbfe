metadata description = 'The storage account of the app: its package, its queues, its runs. Nobody has a key to it.'

import { endpointPlace } from '../types.bicep'

param name string
param location string
param tags object
param identityId string
param principalId string
param workspaceId string

@description('Where its private endpoints stand; public when left out.')
param privateEndpoints endpointPlace?

var packageContainerName = 'packages'
var services = ['blob', 'queue', 'table']
var isPrivate = privateEndpoints != null
var roles = {
  blob: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  queue: '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
  table: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
}

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      bypass: 'None'
    }
  }

  resource blobService 'blobServices' = {
    name: 'default'

    resource packages 'containers' = {
      name: packageContainerName
    }
  }

  resource queueService 'queueServices' = {
    name: 'default'
  }

  resource tableService 'tableServices' = {
    name: 'default'
  }
}

resource mayUse 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for service in services: {
    name: guid(account.id, identityId, roles[service])
    scope: account
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[service])
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

module endpoints 'private-endpoint.bicep' = [
  for service in services: if (isPrivate) {
    name: 'private-${service}'
    params: {
      name: 'pe-${name}-${service}'
      location: location
      tags: tags
      resourceId: account.id
      groupId: service
      zoneName: 'privatelink.${service}.${environment().suffixes.storage}'
      subnetId: privateEndpoints!.subnetId
      networkId: privateEndpoints!.networkId
    }
  }
]

// What was read and written is no secret worth its price; who was refused, and how slow it was, shows in the metrics.
resource blobMetrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account::blobService
  properties: {
    workspaceId: workspaceId
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource queueMetrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account::queueService
  properties: {
    workspaceId: workspaceId
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource tableMetrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account::tableService
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'StorageDelete', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

output packageContainer string = packageContainerName
