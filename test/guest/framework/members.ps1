using namespace System.Management.Automation
# Holds what the texts in a file of JSON name against .NET Framework in the folders there, and prints one JSON text.
param($InputFile)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/framework.ps1"
. "$PSScriptRoot/inference.ps1"
. "$PSScriptRoot/binder.ps1"

$given = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($InputFile)) -AsHashtable
$roots = @(foreach ($text in $given.texts) { [Language.Parser]::ParseInput($text, [ref]$null, [ref]$null) })
$Using = @($roots | ForEach-Object { $_.UsingStatements } | ForEach-Object { $_.Name.Value } | Sort-Object -Unique)
$tables = @(foreach ($root in $roots) { Find-Ast $root ([Language.HashtableAst]) })
# Names of values in our own tables.
$dataNames = @($tables | ForEach-Object { $_.KeyValuePairs.Item1.Value }) + $given.dataNames +
    @(foreach ($root in $roots) { foreach ($one in Find-Ast $root ([Language.AssignmentStatementAst])) { $one.Left.Member.Value } })

# One line for each place and reason, whatever the versions in which it was met.
$Findings = [ordered]@{}
function Add-Finding($Ast, $Kind, $Because) {
    $Findings["$Kind $(Get-CallText $Ast) $Because"] = [ordered]@{ kind = $Kind; at = Get-CallText $Ast; because = "$Because" }
}

# What is asked of the Framework: types by name, and members of a type that was found.
# In the order of the texts: what is inferred first decides where a circle is cut.
$Questions = [ordered]@{}

function Read-TypeName($Ast) {
    $name = $Ast.TypeName.FullName
    if ($name -in 'ordered', 'switch', 'hashtable', 'ref') { return }
    $type = Find-NamedType $name
    if ($type -isnot [hashtable]) { return Add-Finding $Ast 'missing' $(if ($type) { $type } else { "no type $name" }) }
    $Questions["type $($type.net)"] = @{ type = $name }
}

function Read-Member($Ast) {
    $name = $Ast.Member.Value
    if (-not $name) { return Add-Finding $Ast 'unresolved' 'the member is named at run time' }
    # PowerShell has these for every object.
    if (-not $Ast.Static -and $name -in 'Count', 'Length', 'PSObject') { return }
    $called = $Ast -is [Language.InvokeMemberExpressionAst]
    if ($Ast.Static -and $Ast.Expression -isnot [Language.TypeExpressionAst]) { return Add-Finding $Ast 'unresolved' 'a member of a type that is made at run time' }
    $receiver = if ($Ast.Static) { Find-NamedType $Ast.Expression.TypeName.FullName } else { Get-TypeOf $Ast.Expression }
    # Said of the type already.
    if ($receiver -isnot [hashtable]) { return }
    if ($receiver['list']) { $receiver = $receiver.list }
    if (-not $called -and ($receiver['data'] -or $receiver['cim'])) { return }
    if ($receiver['data']) { $receiver = Find-FullName 'System.Collections.Hashtable' }
    $types = @($receiver['several'] ?? $receiver)
    if (-not $types[0]['net']) {
        if (-not $called -and $name -in $dataNames) { return }
        return Add-Finding $Ast 'unresolved' $receiver.unknown
    }
    $count = @($Ast.Arguments | Where-Object { $_ }).Count
    foreach ($type in $types) {
        # An array has the constructor that every array has.
        if ($type.net.TypeKind -eq 'Array' -and $name -eq 'new') { continue }
        $question = @{ of = "$($type.net)"; full = Get-MetadataName $type.net; member = $name; static = [bool]$Ast.Static; called = $called; count = $count }
        $objection = Get-Objection $question
        if ($objection) { Add-Finding $Ast 'missing' $objection; continue }
        $key = "$($question.of) $name $($question.static) $called $count"
        if (-not $Questions.Contains($key)) { $Questions[$key] = $question + @{ calls = @() } }
        if ($called -and $count -gt 0) { $Questions[$key].calls += $Ast }
    }
}

function Get-MetadataName($Symbol) {
    if ($Symbol.TypeKind -eq 'Array') { return 'System.Array' }
    return "$($Symbol.ContainingNamespace).$($Symbol.MetadataName)"
}

# Why a question is answered with no; $null when the member is there.
function Get-Objection($Question) {
    if ($Question['type']) {
        $type = Find-NamedType $Question.type
        if ($type -isnot [hashtable]) { return "no type $($Question.type)" } else { return }
    }
    $symbol = (Find-FullName $Question.full).net
    if (-not $symbol) { return "no type $($Question.full)" }
    $found = @(Get-Candidates $symbol $Question.member $Question.static)
    if ($found.Count -eq 0) { return "$($Question.of) has no $($Question.member)" }
    if ($Question.called -and @($found | Where-Object { Test-Arity $_ $Question.count }).Count -eq 0) { return "$($Question.of) has no $($Question.member) of $($Question.count) arguments" }
}

function Get-Candidates($Symbol, $Name, $Static) {
    if ($Static -and $Name -eq 'new') { return Find-Constructors $Symbol }
    $found = @(Find-Members $Symbol $Name $Static)
    if ($found.Count -gt 0 -or $Static) { return $found }
    # PowerShell asks the items when the list itself has no such member.
    $element = Get-ElementType @{ net = $Symbol }
    if ($element['net']) { Find-Members $element.net $Name $false }
}

$versions = @($given.frameworks.Keys | Sort-Object)
Open-Framework $given.frameworks[$versions[0]]
Open-Texts $roots
foreach ($root in $roots) {
    foreach ($one in @(Find-Ast $root ([Language.TypeExpressionAst])) + @(Find-Ast $root ([Language.TypeConstraintAst]))) { Read-TypeName $one }
    foreach ($one in Find-Ast $root ([Language.MemberExpressionAst])) { Read-Member $one }
}
foreach ($version in $versions) {
    Open-Framework $given.frameworks[$version]
    foreach ($question in $Questions.Values) {
        $objection = Get-Objection $question
        foreach ($call in @($question['calls'] | Where-Object { $_ -and -not $objection })) {
            $overloads = @(Get-Candidates (Find-FullName $question.full).net $question.member $question.static | Where-Object { Test-Arity $_ $question.count })
            if ($overloads.Count -gt 1) { Add-Probe $call $overloads @($call.Arguments) $version }
        }
        if ($objection) { $Findings["$version $objection"] = [ordered]@{ kind = 'missing'; at = $version; because = $objection } }
    }
}
ConvertTo-Json -Depth 6 -InputObject ([ordered]@{ found = @($Questions.Keys | Sort-Object); overloads = Invoke-Probes; findings = @($Findings.Values) })
