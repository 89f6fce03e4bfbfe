metadata description = 'A virtual network for the app and the private endpoints of what it keeps.'

param name string
param location string
param tags object

@description('Its addresses: the first half is for the app, the second for the endpoints.')
param prefix string

resource network 'Microsoft.Network/virtualNetworks@2025-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [prefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(prefix, halfOf(prefix), 0)
          // Flex Consumption runs there.
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(prefix, halfOf(prefix), 1)
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

func halfOf(cidr string) int => int(last(split(cidr, '/'))) + 1
