# Which overload PowerShell's own binder takes. For each call with several overloads of as many arguments, a class gets
# exactly the Framework's overloads, and this PowerShell calls it with what the script gives: that 5.1 ranks them alike is
# read from the source that both share, and was not run.

$Probes = [ordered]@{}

# Candidates: Roslyn's methods. Arguments: expressions of the script.
function Add-Probe($Ast, $Candidates, $Arguments, $Version) {
    $signatures = @($Candidates | Where-Object { -not $_.IsGenericMethod -and "$_" -notmatch '\*' } | ForEach-Object { , @($_.Parameters | ForEach-Object { Get-CSharpName $_ }) } | ForEach-Object { $_ -join '; ' } | Sort-Object -Unique)
    if ($signatures.Count -lt 2) { return }
    $samples = @(foreach ($argument in $Arguments) { Get-Sample $argument })
    $unknown = @($samples | Where-Object { $_['unknown'] })
    if ($unknown.Count -gt 0) { return Add-Finding $Ast 'unresolved' "which overload: an argument is $($unknown[0].unknown)" }
    $text = Get-CallText $Ast
    $key = "$text`t$($signatures -join ' | ')`t$($samples.text -join ', ')"
    if (-not $Probes.Contains($key)) { $Probes[$key] = @{ ast = $Ast; call = $text; signatures = $signatures; samples = $samples; versions = @() } }
    $Probes[$key].versions += $Version
}

function Get-CallText($Ast) {
    return "$((Get-Owner $Ast).Name): $($Ast.Extent.Text -replace '\s+', ' ')"
}

function Get-CSharpName($Parameter) {
    $name = "$($Parameter.Type)"
    $core = $Parameter.Type
    while ($core.TypeKind -eq 'Array') { $core = $core.ElementType }
    if ($core.SpecialType -eq 'None' -and -not ("$($core.ContainingNamespace).$($core.MetadataName)" -as [type])) {
        # One that this PowerShell has no more: another of its kind.
        $name = if ($core.TypeKind -eq 'Enum') { 'Absent.Number' } else { 'Absent.Thing' }
    }
    return $(if ($Parameter.IsParams) { "params $name" } else { $name })
}

# Things of classes that nobody can make, to be handed to the binder.
$Instances = @{
    'System.StringComparer' = '[System.StringComparer]::Ordinal'
    'System.Reflection.ConstructorInfo' = '[string].GetConstructors()[0]'
    'System.Xml.XmlDictionaryReader' = '[System.Xml.XmlDictionaryReader]::CreateTextReader([byte[]]@(60, 97, 47, 62), [System.Xml.XmlDictionaryReaderQuotas]::Max)'
}

# A text of PowerShell that gives what the script gives, as far as its type tells.
function Get-Sample($Ast) {
    if ($Ast -is [Language.ConstantExpressionAst] -or $Ast.Extent.Text -in '$null', '$true', '$false') { return @{ text = $Ast.Extent.Text; isText = $Ast -is [Language.StringConstantExpressionAst] } }
    if ($Ast -is [Language.ScriptBlockExpressionAst]) { return @{ text = '{ }' } }
    $type = Get-TypeOf $Ast
    if ($type['list']) { return @{ text = '([object[]]@(1))' } }
    if ($type['data']) { return @{ text = '(@{})' } }
    if (-not $type['net']) { return @{ unknown = $type['unknown'] ?? 'a CIM object' } }
    $symbol = $type.net
    if ($symbol.SpecialType -eq 'System_String') { return @{ text = "'text'"; isText = $true } }
    if ($symbol.TypeKind -eq 'Array') { return @{ text = "([$(Get-MetadataName $symbol.ElementType)[]]::new(1))" } }
    $name = Get-MetadataName $symbol
    if ($Instances[$name]) { return @{ text = "($($Instances[$name]))" } }
    if (-not ($name -as [type])) { return @{ unknown = "a $name, which this PowerShell has not" } }
    if ($symbol.IsValueType) { return @{ text = "([System.Activator]::CreateInstance([$name]))" } }
    return @{ text = "([System.Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject([$name]))" }
}

# Calls every probe. Answers what was taken in each version, and finds fault where a text is taken for a truth or a number,
# and where the versions differ.
function Invoke-Probes {
    $source = 'namespace Absent { public enum Number { } public class Thing { } } namespace Probes {'
    $number = 0
    foreach ($probe in $Probes.Values) {
        $probe.name = "P$number"
        $number += 1
        $methods = for ($at = 0; $at -lt $probe.signatures.Count; $at += 1) {
            $parameter = 0
            $parameters = @($probe.signatures[$at] -split '; ' | ForEach-Object { "$_ p$parameter"; $parameter += 1 }) -join ', '
            "public static int M($parameters) { return $at; }"
        }
        $source += "public static class $($probe.name) { $($methods -join ' ') }"
    }
    # With its own references alone it does not find the classes of the event log.
    $references = @(Get-ChildItem "$PSHOME/ref/*.dll" | ForEach-Object { $_.FullName }) + [System.Diagnostics.Eventing.Reader.EventLogQuery].Assembly.Location
    Add-Type -TypeDefinition "$source }" -ReferencedAssemblies $references
    $taken = [ordered]@{}
    foreach ($probe in $Probes.Values) {
        try {
            $signature = $probe.signatures[(& ([scriptblock]::Create("[Probes.$($probe.name)]::M($($probe.samples.text -join ', '))")))]
        } catch {
            Add-Finding $probe.ast 'ambiguous' $_.Exception.Message
            continue
        }
        $types = @($signature -split '; ')
        for ($at = 0; $at -lt $probe.samples.Count; $at += 1) {
            if ($probe.samples[$at]['isText'] -and $types[[math]::Min($at, $types.Count - 1)] -match '^(bool|byte|sbyte|short|ushort|int|uint|long|ulong|float|double|decimal)$') {
                Add-Finding $probe.ast 'misread' "the text $($probe.samples[$at].text) is taken for a $($types[$at])"
            }
        }
        if ($taken.Contains($probe.call) -and $taken[$probe.call] -ne $signature) { Add-Finding $probe.ast 'ambiguous' "$signature in $($probe.versions), and $($taken[$probe.call])" }
        $taken[$probe.call] = $signature
    }
    return $taken
}
