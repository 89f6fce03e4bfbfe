metadata description = 'Tries the RDP port of VMs from other VMs of their region, and tells when nobody answers.'

param name string
param location string
param tags object

@description('VMs that try, by resource id.')
param sources string[]

@description('VMs that are tried, by resource id.')
param destinations string[]

param workspaceId string
param actionGroupId string

@description('What an alert asks for.')
param mode 'report' | 'repair'

var port = 3389
// Azure's own way to name an endpoint: two VMs may have one name in two groups.
var sourceNames = map(sources, id => '${last(split(id, '/'))}(${split(id, '/')[4]})')
var destinationNames = map(destinations, id => '${last(split(id, '/'))}(${split(id, '/')[4]})')

resource watcher 'Microsoft.Network/networkWatchers@2025-01-01' existing = {
  name: 'NetworkWatcher_${location}'
}

resource monitor 'Microsoft.Network/networkWatchers/connectionMonitors@2025-01-01' = {
  parent: watcher
  name: name
  location: location
  tags: tags
  properties: {
    endpoints: [
      for id in union(sources, destinations): {
        name: '${last(split(id, '/'))}(${split(id, '/')[4]})'
        type: 'AzureVM'
        resourceId: id
      }
    ]
    testConfigurations: [
      {
        name: 'rdp'
        testFrequencySec: 60
        protocol: 'Tcp'
        tcpConfiguration: { port: port, disableTraceRoute: true }
        successThreshold: { checksFailedPercent: 50 }
      }
    ]
    testGroups: [
      {
        name: 'rdp'
        sources: sourceNames
        destinations: destinationNames
        testConfigurations: ['rdp']
      }
    ]
    outputs: [{ type: 'Workspace', workspaceSettings: { workspaceResourceId: workspaceId } }]
  }
}

resource unreachable 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${name}-${location}'
  location: 'global'
  tags: tags
  properties: {
    description: 'Nobody answers on the RDP port of a VM.'
    severity: 1
    enabled: true
    autoMitigate: true
    scopes: [monitor.id]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'test-failed'
          metricNamespace: 'Microsoft.Network/networkWatchers/connectionMonitors'
          metricName: 'TestResult'
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          // 1 passed, 2 a warning, 3 failed.
          threshold: 2
          // The VM in trouble is the one that was tried.
          dimensions: [{ name: 'DestinationResourceId', operator: 'Include', values: ['*'] }]
        }
      ]
    }
    actions: [{ actionGroupId: actionGroupId, webHookProperties: { 'rdp-remediation.mode': mode } }]
  }
}
