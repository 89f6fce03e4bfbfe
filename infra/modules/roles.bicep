metadata description = 'What the service may do to VMs: the roles of infra/roles, made and assigned where its targets are.'

targetScope = 'subscription'

import { roleDefinitionNames, target } from '../types.bicep'

param identityId string
param principalId string
param targets target[]
param justInTimeAccess bool

@description('Tells the definitions of this installation from those of others.')
param environmentName string

@description('Names (GUIDs) of role definitions that were made beforehand; this deployment then makes none.')
param existing roleDefinitionNames?

@description('Groups whose networks the service may read, besides those of the targets.')
param networkGroups target[]

// One truth: the sandbox enforces the same files on every call of the tests.
var remediator = loadJsonContent('../roles/remediator.json')
var jitRequester = loadJsonContent('../roles/jit-requester.json')
var networkReader = loadJsonContent('../roles/network-reader.json')
var alertCloser = loadJsonContent('../roles/alert-closer.json')
var definitions = [remediator, jitRequester, networkReader, alertCloser]

func nameOf(environmentName string, role string) string => guid(subscription().id, environmentName, role)

var remediatorId = existing.?remediator ?? nameOf(environmentName, remediator.Name)
var jitRequesterId = existing.?jitRequester ?? nameOf(environmentName, jitRequester.Name)
var networkReaderId = existing.?networkReader ?? nameOf(environmentName, networkReader.Name)
var alertCloserId = existing.?alertCloser ?? nameOf(environmentName, alertCloser.Name)

var subscriptionIds = union(map(targets, one => one.subscriptionId), [])
var readSubscriptionIds = union(subscriptionIds, map(networkGroups, one => one.subscriptionId))
var wholeSubscriptions = filter(targets, one => one.resourceGroup == '*')
var groups = filter(targets, one => one.resourceGroup != '*')
var repairing = concat([remediatorId], justInTimeAccess ? [jitRequesterId] : [])

resource roles 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for role in definitions: if (existing == null) {
    name: nameOf(environmentName, role.Name)
    properties: {
      // Names are unique in a tenant, and each installation has its own.
      roleName: '${role.Name} ${environmentName} ${take(uniqueString(subscription().id), 6)}'
      description: role.Description
      type: 'CustomRole'
      permissions: [
        {
          actions: role.Actions
          notActions: role.NotActions
          dataActions: role.DataActions
          notDataActions: role.NotDataActions
        }
      ]
      assignableScopes: union([subscription().id], map(readSubscriptionIds, id => '/subscriptions/${id}'))
    }
  }
]

module onSubscriptions 'role-on-subscription.bicep' = [
  for one in wholeSubscriptions: {
    name: 'rdp-roles-${uniqueString(one.subscriptionId)}'
    scope: subscription(one.subscriptionId)
    params: {
      identityId: identityId
      principalId: principalId
      definitionIds: repairing
    }
    dependsOn: [roles]
  }
]

module onGroups 'role-on-group.bicep' = [
  for one in groups: {
    name: 'rdp-roles-${uniqueString(one.subscriptionId, one.resourceGroup)}'
    scope: resourceGroup(one.subscriptionId, one.resourceGroup)
    params: {
      identityId: identityId
      principalId: principalId
      definitionIds: repairing
    }
    dependsOn: [roles]
  }
]

module onAlerts 'role-on-subscription.bicep' = [
  for id in subscriptionIds: {
    name: 'rdp-alerts-${uniqueString(id)}'
    scope: subscription(id)
    params: {
      identityId: identityId
      principalId: principalId
      definitionIds: [alertCloserId]
    }
    dependsOn: [roles]
  }
]

module onNetworks 'role-on-group.bicep' = [
  for one in filter(networkGroups, each => each.resourceGroup != '*'): {
    name: 'rdp-network-${uniqueString(one.subscriptionId, one.resourceGroup)}'
    scope: resourceGroup(one.subscriptionId, one.resourceGroup)
    params: {
      identityId: identityId
      principalId: principalId
      definitionIds: [networkReaderId]
    }
    dependsOn: [roles]
  }
]

module onNetworkSubscriptions 'role-on-subscription.bicep' = [
  for one in filter(networkGroups, each => each.resourceGroup == '*'): {
    name: 'rdp-network-${uniqueString(one.subscriptionId)}'
    scope: subscription(one.subscriptionId)
    params: {
      identityId: identityId
      principalId: principalId
      definitionIds: [networkReaderId]
    }
    dependsOn: [roles]
  }
]
