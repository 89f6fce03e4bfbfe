metadata description = 'Assigns custom roles on a resource group.'

targetScope = 'resourceGroup'

param identityId string
param principalId string

@description('Names of role definitions, which are GUIDs.')
param definitionIds string[]

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for id in definitionIds: {
    name: guid(resourceGroup().id, identityId, id)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', id)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]
