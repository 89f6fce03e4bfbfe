# JSON, the same on Windows PowerShell 5.1 and on 7. Their own commands differ in what they escape, cut at a depth,
# and on 7 turn a text that looks like a date into a date: not exact enough for what is compared and undone.

Add-Type -AssemblyName System.Runtime.Serialization

# Objects become hashtables, arrays stay arrays whatever their length, whole numbers become [long].
function ConvertFrom-JsonText($Text) {
    # The reader takes the end of the text for the end of its objects: half a line of a journal would be a whole one.
    $outside = [regex]::Replace($Text, '"(?>[^"\\]+|\\.)*"', '')
    if ([regex]::Matches($outside, '[{[]').Count -ne [regex]::Matches($outside, '[}\]]').Count) { throw 'The JSON ends too early.' }
    $bytes = [System.Text.Encoding]::UTF8.GetBytes($Text)
    $quotas = [System.Xml.XmlDictionaryReaderQuotas]::Max
    $document = [System.Xml.XmlDocument]::new()
    $document.PreserveWhitespace = $true
    $document.Load([System.Runtime.Serialization.Json.JsonReaderWriterFactory]::CreateJsonReader($bytes, $quotas))
    return , (ConvertFrom-JsonNode $document.DocumentElement)
}

function ConvertFrom-JsonNode($Node) {
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
        'number' { return [long]$Node.InnerText }
        default { return $Node.InnerText }
    }
}

# What a text of JSON has to escape, or this product wants to.
$JsonEscaped = [regex]::new('[^\x20-\x7e]|["\\]')

# Compact, in ASCII, names sorted: equal data gives equal text. Names and texts with nothing to escape are written in
# place: for each of them, the call of a function would take longer than all else.
function ConvertTo-JsonText($Value) {
    if ($null -eq $Value) { return 'null' }
    if ($Value -is [string]) { return ConvertTo-JsonString $Value }
    if ($Value -is [bool]) { return "$Value".ToLowerInvariant() }
    if ($Value -is [int] -or $Value -is [long]) { return "$Value" }
    if ($Value -is [System.Collections.IDictionary]) {
        # Not .Keys: where an object has a member "keys", that would be meant.
        $members = foreach ($name in @(Get-OrdinalOrder $Value.get_Keys())) {
            $item = $Value[$name]
            $label = if ($JsonEscaped.IsMatch($name)) { ConvertTo-JsonString $name } else { '"' + $name + '"' }
            $label + ':' + $(if ($item -is [string] -and -not $JsonEscaped.IsMatch($item)) { '"' + $item + '"' } else { ConvertTo-JsonText $item })
        }
        return '{' + ($members -join ',') + '}'
    }
    if ($Value -is [array]) { return '[' + (@(foreach ($item in $Value) { ConvertTo-JsonText $item }) -join ',') + ']' }
    throw "A value of type $($Value.GetType()) is not ours to write as JSON."
}

function ConvertTo-JsonString([string]$Text) {
    $escaped = $Text.Replace('\', '\\').Replace('"', '\"')
    # PowerShell compiles the block anew at each call, which takes longer than all else: hence only where it has work.
    if ([regex]::IsMatch($escaped, '[^\x20-\x7e]')) {
        $escaped = [regex]::Replace($escaped, '[^\x20-\x7e]', { param($match) '\u{0:x4}' -f [int][char]$match.Value })
    }
    return '"' + $escaped + '"'
}
