metadata description = 'A vault for the secrets that the service can have.'

import { endpointPlace } from '../types.bicep'

param name string
param location string
param tags object
param identityId string
param principalId string
param workspaceId string

@description('Where its private endpoint stands; public when left out.')
param privateEndpoints endpointPlace?

@secure()
param dispatchToken string

@secure()
param notificationSecrets string

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User
var isPrivate = privateEndpoints != null

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      bypass: 'None'
    }
  }

  resource dispatch 'secrets' = if (!empty(dispatchToken)) {
    name: 'dispatch-token'
    properties: {
      value: dispatchToken
      contentType: 'GitHub token'
    }
  }

  resource notifications 'secrets' = if (!empty(notificationSecrets)) {
    name: 'notification-secrets'
    properties: {
      value: notificationSecrets
      contentType: 'application/json'
    }
  }
}

resource mayRead 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, identityId, secretsUser)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

module endpoint 'private-endpoint.bicep' = if (isPrivate) {
  params: {
    name: 'pe-${name}'
    location: location
    tags: tags
    resourceId: vault.id
    groupId: 'vault'
    zoneName: 'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
    subnetId: privateEndpoints!.subnetId
    networkId: privateEndpoints!.networkId
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

@description('What the app has to be told: where the secret is, and never what it is.')
output dispatchSettings object = {
  RDP_REMEDIATION_DISPATCH_TOKEN: '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=${vault::dispatch.name})'
}

output notificationSettings object = {
  RDP_REMEDIATION_NOTIFICATION_SECRETS: '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=${vault::notifications.name})'
}
