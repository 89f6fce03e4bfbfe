metadata description = 'What the service may do to VMs: the roles of infra/roles, made and assigned where its targets are.'

targetScope = 'subscription'

import { target } from '../types.bicep'

param principalId string
param targets target[]
param justInTimeAccess bool

// One truth: the sandbox enforces the same files on every call of the tests.
var remediator = loadJsonContent('../roles/remediator.json')
var jitRequester = loadJsonContent('../roles/jit-requester.json')

// Alerts belong to a subscription: who has rights on a resource group alone could not close its own.
var alertCloser = {
  Name: '${remediator.Name}, alerts'
  Description: 'Closes the alerts that the RDP Remediator has dealt with. Assigned on subscriptions, where alerts are.'
  Actions: filter(remediator.Actions, action => startsWith(action, 'Microsoft.AlertsManagement/'))
  NotActions: []
  DataActions: []
  NotDataActions: []
}
var definitions = [remediator, jitRequester, alertCloser]
var definitionIds = map(definitions, role => guid(subscription().id, role.Name))

var subscriptionIds = union(map(targets, one => one.subscriptionId), [])
var wholeSubscriptions = filter(targets, one => one.resourceGroup == '*')
var groups = filter(targets, one => one.resourceGroup != '*')
var repairing = concat([definitionIds[0]], justInTimeAccess ? [definitionIds[1]] : [])

resource roles 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for (role, at) in definitions: {
    name: definitionIds[at]
    properties: {
      // Names are unique in a tenant, and each subscription with an installation has its own.
      roleName: '${role.Name} ${take(uniqueString(subscription().id), 6)}'
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
      assignableScopes: union([subscription().id], map(subscriptionIds, id => '/subscriptions/${id}'))
    }
  }
]

module onSubscriptions 'role-on-subscription.bicep' = [
  for one in wholeSubscriptions: {
    name: 'rdp-roles-${uniqueString(one.subscriptionId)}'
    scope: subscription(one.subscriptionId)
    params: {
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
      principalId: principalId
      definitionIds: [definitionIds[2]]
    }
    dependsOn: [roles]
  }
]
