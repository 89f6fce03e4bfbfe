metadata description = 'The workbook over logs and telemetry, with links to the operator page.'

param location string
param tags object
param workspaceId string

@description('Where people open the operator page, without a slash at the end.')
param serviceUrl string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspaceId, 'rdp-remediation-workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'RDP Remediation'
    category: 'workbook'
    sourceId: workspaceId
    version: 'Notebook/1.0'
    serializedData: replace(
      replace(loadTextContent('../workbook/workbook.json'), '<workspace>', workspaceId),
      '<service>',
      serviceUrl
    )
  }
}
