# .NET Framework as its reference assemblies tell it, asked by Roslyn, which is a part of PowerShell 7.
# A type is @{ net = ITypeSymbol } here, or @{ list = element } for what PowerShell enumerates, @{ data = $true } for our
# own tables, @{ cim = $true } for CIM objects, and @{ unknown = reason }.

Add-Type -Path "$PSHOME/Microsoft.CodeAnalysis.dll", "$PSHOME/Microsoft.CodeAnalysis.CSharp.dll"

$Assemblies = 'mscorlib', 'System', 'System.Core', 'System.Xml', 'System.Runtime.Serialization', 'System.ServiceProcess'

function Open-Framework($Folder) {
    # PowerShell's own types are none of .NET Framework: their names come from this PowerShell, their members' types from there.
    $paths = @($Assemblies | ForEach-Object { "$Folder/$_.dll" }) + [psobject].Assembly.Location
    $references = [Microsoft.CodeAnalysis.MetadataReference[]]@($paths | ForEach-Object { [Microsoft.CodeAnalysis.MetadataReference]::CreateFromFile($_) })
    $script:Compilation = [Microsoft.CodeAnalysis.CSharp.CSharpCompilation]::Create('probe', $null, $references)
    $script:TypesByName = @{}
    $script:MembersById = @{}
}

function New-NetType($Symbol) {
    if ($null -eq $Symbol) { return @{ unknown = 'no type' } }
    if ($Symbol.TypeKind -eq 'Error') { return (Find-FullName "$($Symbol.ContainingNamespace).$($Symbol.MetadataName)") ?? @{ unknown = "$Symbol" } }
    if ($Symbol.SpecialType -eq 'System_Object') { return @{ unknown = 'declared as object' } }
    return @{ net = $Symbol }
}

function Find-FullName($Name) {
    if (-not $script:TypesByName.ContainsKey($Name)) { $script:TypesByName[$Name] = $script:Compilation.GetTypeByMetadataName($Name) }
    if ($script:TypesByName[$Name]) { return @{ net = $script:TypesByName[$Name] } }
    return $null
}

$Accelerators = [psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')::Get
# Namespaces whose types are in reach in a text.
$Using = @()

# Written in small letters, which PowerShell does not mind, and is no name of PowerShell's own.
$SpelledTypes = @{ datetimeoffset = 'DateTimeOffset'; intptr = 'IntPtr'; math = 'Math' }

# A name as a script writes it; $null when the Framework has none, and a text when it has several.
function Find-NamedType($Name) {
    if ($Name -match '\A(.*)\[\]\z') {
        $element = Find-NamedType $Matches[1]
        if ($element -isnot [hashtable]) { return $element }
        return New-NetType $script:Compilation.CreateArrayTypeSymbol($element.net)
    }
    if ($Accelerators.ContainsKey($Name)) { return Find-FullName $Accelerators[$Name].FullName }
    $spelled = $SpelledTypes[$Name] ?? $Name
    $found = @(foreach ($full in @($spelled, "System.$spelled") + @($script:Using | ForEach-Object { "$_.$spelled" })) {
        $type = Find-FullName $full
        if ($type) { $type }
    })
    $names = @($found | ForEach-Object { "$($_.net)" } | Sort-Object -Unique)
    if ($names.Count -gt 1) { return "[$Name] is $($names -join ' and ')" }
    return $found | Select-Object -First 1
}

# The type and what it inherits from.
function Get-Family($Symbol) {
    for ($one = $Symbol; $one; $one = (New-NetType $one.BaseType)['net']) { $one }
    foreach ($interface in $Symbol.AllInterfaces) { $interface }
    # Interfaces and arrays have these without saying so.
    if ($Symbol.TypeKind -in 'Interface', 'TypeParameter') { (Find-FullName 'System.Object').net }
}

# Types of PowerShell's own making have a few more members, by its types.ps1xml.
$ExtendedMembers = @{ 'System.ServiceProcess.ServiceController Name' = 'ServiceName' }

function Find-Members($Symbol, $Name, $Static) {
    $Name = $ExtendedMembers["$Symbol $Name"] ?? $Name
    $id = "$Symbol $Name $Static"
    if (-not $script:MembersById.ContainsKey($id)) {
        $family = @(if ($Static) { $Symbol } else { Get-Family $Symbol })
        # Asked through its interface: the class is Roslyn's own and hides these. By its own spelling first, which is quick.
        $members = @(foreach ($one in $family) { ([Microsoft.CodeAnalysis.INamespaceOrTypeSymbol]$one).GetMembers($Name) })
        if ($members.Count -eq 0) { $members = @(foreach ($one in $family) { ([Microsoft.CodeAnalysis.INamespaceOrTypeSymbol]$one).GetMembers() }).Where({ $_.Name -eq $Name }) }
        $script:MembersById[$id] = $members.Where({ "$($_.DeclaredAccessibility)" -eq 'Public' -and $_.IsStatic -eq $Static })
    }
    return $script:MembersById[$id]
}

function Find-Constructors($Symbol) {
    return @($Symbol.InstanceConstructors | Where-Object { "$($_.DeclaredAccessibility)" -eq 'Public' })
}

# What foreach and a pipeline hand out one by one.
function Get-ElementType($Type) {
    if ($Type['list']) { return $Type.list }
    $symbol = $Type['net']
    if (-not $symbol -or $symbol.SpecialType -eq 'System_String') { return $Type }
    if ($symbol.TypeKind -eq 'Array') { return New-NetType $symbol.ElementType }
    $enumerable = @(Get-Family $symbol | Where-Object { "$($_.OriginalDefinition)" -eq 'System.Collections.Generic.IEnumerable<T>' })
    if ($enumerable.Count -gt 0) { return New-NetType $enumerable[0].TypeArguments[0] }
    if ("$symbol" -match 'IDictionary|Hashtable' -or -not @(Get-Family $symbol | Where-Object { "$_" -eq 'System.Collections.IEnumerable' })) { return $Type }
    $indexer = @(Get-Family $symbol | ForEach-Object { ([Microsoft.CodeAnalysis.INamespaceOrTypeSymbol]$_).GetMembers('this[]') } | Where-Object { $_.Parameters[0].Type.SpecialType -eq 'System_Int32' })
    if ($indexer.Count -gt 0) { return New-NetType $indexer[0].Type }
    return @{ unknown = "an element of $symbol" }
}
