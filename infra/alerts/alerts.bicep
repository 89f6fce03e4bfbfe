metadata description = 'What tells the service that Remote Desktop breaks: rules over events, metrics and health, and one action group.'

param token string
param location string
param tags object
param workspaceId string

@description('Host name of the app.')
param hostName string

@description('Where people open the operator page, without a slash at the end.')
param serviceUrl string
param apiClientId string
param apiObjectId string

@description('Subscriptions or resource groups whose VMs are watched.')
param scopes string[]

@description('Their regions.')
param regions string[]

@description('What an alert asks for.')
param mode 'report' | 'repair'
param emails string[]

var requestedLimits = { 'rdp-remediation.mode': mode }

// A name is a cause: one VM stays quiet per cause for a while after it set off a run.
var logRules = [
  {
    name: 'rdp-key-unusable'
    severity: 1
    description: 'Windows cannot open, or cannot make, the private key of the RDP certificate.'
    query: loadTextContent('queries/rdp-key-unusable.kql')
  }
  {
    name: 'rdp-tls-refused'
    severity: 1
    description: 'TLS finds no credential, protocol or cipher suite that server and client have in common.'
    query: loadTextContent('queries/rdp-tls-refused.kql')
  }
  {
    name: 'rdp-service-failed'
    severity: 1
    description: 'A service that Remote Desktop needs does not start, hangs or has ended unexpectedly.'
    query: loadTextContent('queries/rdp-service-failed.kql')
  }
  {
    name: 'rdp-certificate-refused'
    severity: 2
    description: 'Remote Desktop cannot use the certificate that was chosen for it, or get one from its template; it may present another one.'
    query: loadTextContent('queries/rdp-certificate-refused.kql')
  }
  {
    name: 'rdp-certificate-expires'
    severity: 2
    description: 'The RDP certificate is about to expire, or has expired.'
    query: loadTextContent('queries/rdp-certificate-expires.kql')
  }
]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-rdp-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'rdp-repair'
    enabled: true
    webhookReceivers: [
      {
        name: 'rdp-remediation'
        serviceUri: 'https://${hostName}/api/alerts'
        useCommonAlertSchema: true
        useAadAuth: true
        objectId: apiObjectId
        identifierUri: 'api://${apiClientId}'
        tenantId: subscription().tenantId
      }
    ]
    emailReceivers: [
      for email in emails: {
        name: email
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

// Nothing is broken yet, so this one goes to people alone: the service would look at the VM again.
resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: 'ag-people-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'rdp-people'
    enabled: true
    emailReceivers: [
      for email in emails: {
        name: email
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource events 'Microsoft.Insights/dataCollectionRules@2023-03-11' = {
  name: 'dcr-rdp-${token}'
  location: location
  tags: tags
  kind: 'Windows'
  properties: {
    description: 'The few events that mean that Remote Desktop breaks.'
    dataSources: {
      windowsEventLogs: [
        {
          name: 'rdp'
          streams: ['Microsoft-Event']
          xPathQueries: [
            'System!*[System[Provider[@Name=\'Microsoft-Windows-TerminalServices-RemoteConnectionManager\'] and (EventID=1051 or EventID=1052 or EventID=1053 or EventID=1054 or EventID=1055 or EventID=1057 or EventID=1058 or EventID=1059 or EventID=1064 or EventID=1065)]]'
            'System!*[System[Provider[@Name=\'Schannel\'] and (EventID=36870 or EventID=36871 or EventID=36874)]]'
            'System!*[System[Provider[@Name=\'Service Control Manager\'] and (EventID=7000 or EventID=7001 or EventID=7009 or EventID=7011 or EventID=7022 or EventID=7023 or EventID=7024 or EventID=7031 or EventID=7034)]]'
          ]
        }
      ]
    }
    destinations: { logAnalytics: [{ name: 'workspace', workspaceResourceId: workspaceId }] }
    dataFlows: [{ streams: ['Microsoft-Event'], destinations: ['workspace'] }]
  }
}

resource logAlerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in logRules: {
    name: rule.name
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.name
      description: rule.description
      severity: rule.severity
      enabled: true
      autoMitigate: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT10M'
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            // One alert for each VM, and its id in the notification.
            dimensions: [{ name: '_ResourceId', operator: 'Include', values: ['*'] }]
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: {
        actionGroups: [group.id]
        customProperties: requestedLimits
      }
    }
  }
]

resource lockouts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'rdp-lockout-ahead'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'rdp-lockout-ahead'
    description: 'A VM lets people in today and will not within 30 days, unless somebody acts: the run says why and what to do.'
    severity: 3
    enabled: true
    autoMitigate: true
    scopes: [workspaceId]
    evaluationFrequency: 'P1D'
    windowSize: 'P1D'
    criteria: {
      allOf: [
        {
          query: loadTextContent('lockouts.kql')
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [
            { name: 'Vm', operator: 'Include', values: ['*'] }
            { name: 'Lockout', operator: 'Include', values: ['*'] }
          ]
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: {
      actionGroups: empty(emails) ? [] : [people.id]
      customProperties: { 'Operator page': '${serviceUrl}/app/' }
    }
  }
}

resource availability 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for region in empty(scopes) ? [] : regions: {
    name: 'rdp-vm-unavailable-${region}'
    location: 'global'
    tags: tags
    properties: {
      description: 'Azure says that a VM is not available.'
      severity: 2
      enabled: true
      autoMitigate: true
      scopes: scopes
      targetResourceType: 'Microsoft.Compute/virtualMachines'
      targetResourceRegion: region
      evaluationFrequency: 'PT5M'
      windowSize: 'PT5M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: 'unavailable'
            metricNamespace: 'Microsoft.Compute/virtualMachines'
            metricName: 'VmAvailabilityMetric'
            timeAggregation: 'Average'
            operator: 'LessThan'
            threshold: 1
            // Who caused it: what people stop on purpose is left alone. Not tried yet in Azure.
            dimensions: [{ name: 'Context', operator: 'Include', values: ['*'] }]
          }
        ]
      }
      actions: [{ actionGroupId: group.id, webHookProperties: requestedLimits }]
    }
  }
]

resource health 'Microsoft.Insights/activityLogAlerts@2020-10-01' = if (!empty(scopes)) {
  name: 'rdp-vm-unhealthy'
  location: 'global'
  tags: tags
  properties: {
    // Events without a cause exist, and a rule cannot ask for what is absent: the service ignores what people stopped.
    description: 'Resource Health says that a VM is not available.'
    enabled: true
    scopes: scopes
    condition: {
      allOf: [
        { field: 'category', equals: 'ResourceHealth' }
        { field: 'resourceType', equals: 'Microsoft.Compute/virtualMachines' }
        { field: 'status', equals: 'Active' }
        {
          anyOf: [
            { field: 'properties.currentHealthStatus', equals: 'Unavailable' }
            { field: 'properties.currentHealthStatus', equals: 'Degraded' }
          ]
        }
      ]
    }
    actions: {
      actionGroups: [{ actionGroupId: group.id, webhookProperties: requestedLimits }]
    }
  }
}

output actionGroupId string = group.id
output dataCollectionRuleId string = events.id
