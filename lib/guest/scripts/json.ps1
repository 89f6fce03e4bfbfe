# JSON, the same on Windows PowerShell 5.1 and on 7. Their own commands differ in what they escape, cut at a depth,
# and on 7 turn a text that looks like a date into a date: not exact enough for what is compared and undone.

# Objects become hashtables, arrays stay arrays whatever their length, whole numbers become [long].
function ConvertFrom-JsonText {
    param([string]$Text)
    Add-Type -AssemblyName System.Runtime.Serialization
    $bytes = [System.Text.Encoding]::UTF8.GetBytes($Text)
    $quotas = [System.Xml.XmlDictionaryReaderQuotas]::Max
    $reader = [System.Runtime.Serialization.Json.JsonReaderWriterFactory]::CreateJsonReader($bytes, $quotas)
    $document = New-Object -TypeName System.Xml.XmlDocument
    $document.PreserveWhitespace = $true
    $document.Load($reader)
    return , (ConvertFrom-JsonNode $document.DocumentElement)
}

function ConvertFrom-JsonNode {
    param([System.Xml.XmlElement]$Node)
    switch ($Node.GetAttribute('type')) {
        'object' {
            $object = @{}
            foreach ($child in $Node.ChildNodes) {
                # A name that XML cannot spell travels in an attribute.
                $name = if ($child.NamespaceURI -eq 'item') { $child.GetAttribute('item') } else { $child.LocalName }
                $object[$name] = ConvertFrom-JsonNode $child
            }
            return $object
        }
        'array' { return , @(foreach ($child in $Node.ChildNodes) { , (ConvertFrom-JsonNode $child) }) }
        'boolean' { return $Node.InnerText -eq 'true' }
        'null' { return $null }
        'number' {
            if ($Node.InnerText -match '^-?[0-9]{1,18}$') { return [long]$Node.InnerText }
            return [double]::Parse($Node.InnerText, [cultureinfo]::InvariantCulture)
        }
        default { return $Node.InnerText }
    }
}

# Compact, in ASCII, names sorted: equal data gives equal text.
function ConvertTo-JsonText {
    param($Value)
    if ($null -eq $Value) { return 'null' }
    if ($Value -is [string]) { return ConvertTo-JsonString $Value }
    if ($Value -is [bool]) { if ($Value) { return 'true' } else { return 'false' } }
    if ($Value -is [System.Collections.IDictionary]) {
        $names = [string[]]@($Value.Keys)
        [array]::Sort($names, [System.StringComparer]::Ordinal)
        $members = foreach ($name in $names) { (ConvertTo-JsonString $name) + ':' + (ConvertTo-JsonText $Value[$name]) }
        return '{' + (@($members) -join ',') + '}'
    }
    if ($Value -is [System.Collections.IList]) {
        return '[' + (@(foreach ($item in $Value) { ConvertTo-JsonText $item }) -join ',') + ']'
    }
    if ($Value -is [int] -or $Value -is [long] -or $Value -is [uint32] -or $Value -is [double]) {
        return $Value.ToString([cultureinfo]::InvariantCulture)
    }
    throw "A value of type $($Value.GetType().FullName) is not ours to write as JSON."
}

function ConvertTo-JsonString {
    param([string]$Text)
    $escaped = $Text.Replace('\', '\\').Replace('"', '\"')
    $escaped = [regex]::Replace($escaped, '[^\x20-\x7e]', { param($match) '\u{0:x4}' -f [int][char]$match.Value })
    return '"' + $escaped + '"'
}
