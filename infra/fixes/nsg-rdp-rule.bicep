// Lets one source reach Remote Desktop on one VM for a limited time: one inbound rule in a network security group that
// is there already. The values come from a run's proposal; what is too broad, nameless or everlasting ends the
// deployment before it changes anything, whoever started it.
//
// A deployment cannot take the rule away again (incremental mode deletes nothing): network-fix.ts does, by run or by age.

targetScope = 'resourceGroup'

@description('Name of the network security group, in this resource group.')
@minLength(1)
@maxLength(80)
param securityGroupName string

@description('Id of the run that proposed the rule.')
@minLength(36)
@maxLength(36)
param runId string

@description('Name of the rule. It bears the first eight digits of the run.')
@minLength(18)
@maxLength(21)
param ruleName string

@description('Rank of the rule among the inbound ones; lowest first.')
@minValue(100)
@maxValue(4096)
param priority int

@description('Who is let in: a CIDR, with /32 or /128 for one address.')
@minLength(9)
@maxLength(43)
param source string

@description('Private address of the VM.')
@minLength(2)
@maxLength(39)
param destination string

@description('Port on which Remote Desktop listens.')
@minValue(1)
@maxValue(65535)
param port int

@description('When the rule is to be removed again, e.g. 2026-11-22T08:00:00Z; at most seven days from now.')
@minLength(20)
@maxLength(20)
param expiresAt string

@description('Not to be given: a function of time is allowed nowhere else.')
param now string = utcNow()

// A tag, a star or a word has no prefix length: indexing ends the deployment.
var prefixLength = int(split(source, '/')[1])
var leastPrefixLength = contains(source, ':') ? 16 : 8
var narrowSource = prefixLength >= leastPrefixLength ? source : fail('The source is too broad for a rule like this.')

var isOneAddress = !contains(destination, '/') && (contains(destination, '.') || contains(destination, ':'))
var oneDestination = isOneAddress ? destination : fail('The destination must be one address.')

var isOfRun = startsWith(ruleName, 'Allow-RDP-${take(runId, 8)}')
var nameOfRun = isOfRun ? ruleName : fail('The rule must bear the name of its run.')

var secondsLeft = dateTimeToEpoch(expiresAt) - dateTimeToEpoch(now)
var isLimited = secondsLeft > 0 && secondsLeft <= 604800
var limit = isLimited ? expiresAt : fail('The rule must expire, within seven days.')

resource securityGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' existing = {
  name: securityGroupName
}

resource rule 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: securityGroup
  name: nameOfRun
  properties: {
    description: 'RDP remediation run ${runId}, expires ${limit}'
    priority: priority
    direction: 'Inbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefix: narrowSource
    sourcePortRange: '*'
    destinationAddressPrefix: oneDestination
    destinationPortRange: string(port)
  }
}

output ruleId string = rule.id
