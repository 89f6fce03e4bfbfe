metadata description = 'Lets the service send mail through a Communication Services resource.'

param identityId string
param principalId string
param communicationServiceName string

// Communication and Email Service Owner: the narrowest built-in role that may send mail.
var mayMail = '09976791-48a7-449e-bb21-39d1a415f350'

resource communication 'Microsoft.Communication/communicationServices@2023-04-01' existing = {
  name: communicationServiceName
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(communication.id, identityId, mayMail)
  scope: communication
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', mayMail)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
