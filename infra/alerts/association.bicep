metadata description = 'Lets the Azure Monitor agent of a VM gather what a data collection rule names.'

param vmName string
param ruleId string

resource vm 'Microsoft.Compute/virtualMachines@2024-11-01' existing = {
  name: vmName
}

resource association 'Microsoft.Insights/dataCollectionRuleAssociations@2023-03-11' = {
  name: 'rdp-remediation'
  scope: vm
  properties: {
    description: 'Events that mean that Remote Desktop breaks.'
    dataCollectionRuleId: ruleId
  }
}
