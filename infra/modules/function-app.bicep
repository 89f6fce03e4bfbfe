metadata description = 'The Functions app on Flex Consumption: its settings, its sign-in, who may reach it.'

param name string
param location string
param tags object
param identityId string
param clientId string
param storageName string
param packageContainer string
param insightsName string
param workspaceId string

@description('The subnet through which it goes out; straight out when empty.')
param subnetId string

param allowedCallers string[]
param alwaysReadyInstances int
param apiClientId string
param platformSignIn bool

@description('Resource ids of what alerts may set something off on.')
param alertScopes string[]

@description('Settings by name, besides those that follow from where the app stands.')
param settings object

var audiences = ['api://${apiClientId}', apiClientId]
var loginEndpoint = environment().authentication.loginEndpoint

var ownSettings = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: clientId
  AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: storage.properties.primaryEndpoints.table
  // The host reads a body before the app sees it, of anybody: up to 100 MB by default. The app itself takes 256 KiB.
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1048576'
  AZURE_CLIENT_ID: clientId
  AZURE_AUTHORITY_HOST: loginEndpoint
  RDP_REMEDIATION_CREDENTIAL: 'managed-identity'
  // The cloud that it is deployed into; the endpoints of ARM and of storage follow from it.
  RDP_REMEDIATION_CLOUD: environment().name
  RDP_REMEDIATION_TENANT_ID: subscription().tenantId
  RDP_REMEDIATION_AUDIENCES: join(audiences, ',')
}
// A list that is empty would be no list.
var scopeSettings = empty(alertScopes) ? {} : { RDP_REMEDIATION_ALERT_SCOPES: join(alertScopes, ',') }

// Alerts come from wherever Azure Monitor is, so its tag is among those who may call.
var callers = concat(
  [{ name: 'azure-monitor', priority: 100, action: 'Allow', tag: 'ServiceTag', ipAddress: 'ActionGroup' }],
  map(allowedCallers, (cidr, at) => { name: 'caller-${at}', priority: 200 + at, action: 'Allow', ipAddress: cidr })
)

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      runtime: { name: 'node', version: '22' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        // Runs wait for their turn in the store, not for instances.
        maximumInstanceCount: 40
        // Both parts of the app: the HTTP triggers of requests and alerts, and the durable work.
        alwaysReady: alwaysReadyInstances == 0
          ? []
          : [
              { name: 'http', instanceCount: alwaysReadyInstances }
              { name: 'durable', instanceCount: alwaysReadyInstances }
            ]
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      ipSecurityRestrictions: empty(allowedCallers) ? [] : callers
      // The site of deployments has the same callers.
      scmIpSecurityRestrictionsUseMain: true
      ipSecurityRestrictionsDefaultAction: empty(allowedCallers) ? 'Allow' : 'Deny'
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(ownSettings, scopeSettings, settings)
  }

  resource signIn 'config' = if (platformSignIn) {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: true }
      globalValidation: {
        requireAuthentication: true
        unauthenticatedClientAction: 'Return401'
        // What everybody may read: where programs sign their users in, whether the service answers, what it understands, and
        // the page at which people sign in.
        excludedPaths: [
          '/.well-known/oauth-protected-resource/api/mcp'
          '/api/health'
          '/api/openapi.json'
          '/app'
          '/app/*'
        ]
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            clientId: apiClientId
            openIdIssuer: '${loginEndpoint}${subscription().tenantId}/v2.0'
          }
          // No policy on applications: which app roles may do what is decided in code.
          validation: { allowedAudiences: audiences }
        }
      }
      login: { tokenStore: { enabled: false } }
    }
  }

  // Publishing takes an identity too.
  resource noPasswordForPublishing 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource noFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }
}

resource platformLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: {
    workspaceId: workspaceId
    // What the app itself says goes to Application Insights, with its traces.
    logs: [{ category: 'AppServiceAuthenticationLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output name string = app.name
output hostName string = app.properties.defaultHostName
