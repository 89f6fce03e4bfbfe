using namespace System.Management.Automation
# The .NET types of expressions in our scripts, as far as their text tells: by constraints, constructors, the Framework's
# own return types, and what our functions are called with and return. What no text tells stays unknown, with its reason.

# What commands answer, where that is a .NET object.
$CommandTypes = @{
    'Get-Service' = 'System.ServiceProcess.ServiceController'
    'Get-WinEvent' = 'System.Diagnostics.Eventing.Reader.EventLogRecord'
    'Group-Object' = 'Microsoft.PowerShell.Commands.GroupInfo'
    'Get-Date' = 'System.DateTime'
}
$CimCommands = '\A(Get-CimInstance|Invoke-CimMethod|Get-Net\w+|Get-ScheduledTask|Get-TlsCipherSuite)\z'
$PassingCommands = 'Where-Object', 'Sort-Object', 'Select-Object'

# All nodes of a class below a node. The predicate is compiled code: a script block would be called for every node.
function Find-Ast($Root, $Class) {
    return $Root.FindAll([type].GetMethod('IsInstanceOfType').CreateDelegate([System.Func[Language.Ast, bool]], $Class), $true)
}

# The parsed texts, each function of them by its name, each call of one by its name.
function Open-Texts($Roots) {
    $script:Roots = $Roots
    $script:ScriptSources = @{}
    $script:Functions = @{}
    $script:Calls = @{}
    $script:Known = [System.Collections.Generic.Dictionary[object, object]]::new()
    $script:SourcesByScope = [System.Collections.Generic.Dictionary[object, object]]::new()
    foreach ($root in $Roots) {
        foreach ($one in Find-Ast $root ([Language.FunctionDefinitionAst])) { $script:Functions[$one.Name] = $one }
        foreach ($one in Find-Ast $root ([Language.CommandAst])) {
            $name = $one.GetCommandName()
            if ($name) { $script:Calls[$name] = @($script:Calls[$name]) + $one | Where-Object { $_ } }
        }
    }
}

function Get-TypeOf($Ast) {
    if ($null -eq $Ast) { return @{ unknown = 'nothing' } }
    # One item of what something is.
    if ($Ast -is [hashtable]) { return Get-ElementType (Get-TypeOf $Ast.element) }
    $known = $null
    if ($script:Known.TryGetValue($Ast, [ref]$known)) { return $known }
    # Whoever comes by here again meanwhile goes round in a circle.
    $script:Known[$Ast] = @{ unknown = 'decided by itself'; circle = $true }
    $type = Find-TypeOf $Ast
    if ($type -isnot [hashtable]) { $type = @{ unknown = 'a type that is not there' } }
    $script:Known[$Ast] = $type
    return $type
}

function Find-TypeOf($Ast) {
    switch ($Ast.GetType().Name) {
        'StringConstantExpressionAst' { return Find-NamedType 'string' }
        'ExpandableStringExpressionAst' { return Find-NamedType 'string' }
        'ConstantExpressionAst' { return Find-FullName $Ast.StaticType.FullName }
        'HashtableAst' { return @{ data = $true } }
        'TypeExpressionAst' { return Find-NamedType 'System.Type' }
        'ScriptBlockExpressionAst' { return @{ net = (Find-FullName 'System.Management.Automation.ScriptBlock').net } }
        'ParenExpressionAst' { return Get-TypeOf $Ast.Pipeline }
        'ArrayExpressionAst' { return @{ list = Get-ElementType (Get-AgreedType @(Get-Outputs $Ast.SubExpression)) } }
        'SubExpressionAst' { return Get-AgreedType @(Get-Outputs $Ast.SubExpression) }
        'ArrayLiteralAst' { return @{ list = Get-AgreedType @($Ast.Elements) } }
        'CommandExpressionAst' { return Get-TypeOf $Ast.Expression }
        'PipelineAst' { return Get-PipelineType $Ast }
        'CommandAst' { return Get-CommandType $Ast }
        'AssignmentStatementAst' { return Get-TypeOf $Ast.Right }
        'IfStatementAst' { return Get-AgreedType @(Get-Outputs $Ast) }
        'ForEachStatementAst' { return @{ list = Get-ElementType (Get-AgreedType @(Get-Outputs $Ast.Body)) } }
        'VariableExpressionAst' { return Get-VariableType $Ast }
        'UnaryExpressionAst' {
            if ($Ast.TokenKind -in 'Not', 'Exclaim') { return Find-NamedType 'bool' }
            if ($Ast.TokenKind -eq 'Comma') { return @{ list = Get-TypeOf $Ast.Child } }
            return Get-TypeOf $Ast.Child
        }
        'BinaryExpressionAst' { return Get-BinaryType $Ast }
        'ConvertExpressionAst' {
            $name = $Ast.Type.TypeName.FullName
            if ($name -in 'ordered', 'hashtable') { return @{ data = $true } }
            return Find-NamedType $name
        }
        'IndexExpressionAst' {
            $target = Get-TypeOf $Ast.Target
            if ($target['data']) { return @{ unknown = 'a value of one of our tables' } }
            return Get-ElementType $target
        }
        'MemberExpressionAst' { return Get-MemberType $Ast }
        'InvokeMemberExpressionAst' { return Get-MemberType $Ast }
    }
    return @{ unknown = "$($Ast.GetType().Name)" }
}

function Get-BinaryType($Ast) {
    if ("$($Ast.Operator)" -match '^[IC](eq|ne|lt|le|gt|ge|match|notmatch|like|notlike|contains|notcontains|in|notin)$' -or $Ast.Operator -in 'And', 'Or', 'Is', 'IsNot') {
        # Over a list these filter it.
        $left = Get-TypeOf $Ast.Left
        if ($left['list']) { return $left }
        return Find-NamedType 'bool'
    }
    if ($Ast.Operator -eq 'As') { return Find-NamedType $Ast.Right.TypeName.FullName }
    if ($Ast.Operator -in 'Join', 'Format' -or "$($Ast.Operator)" -match 'replace$') { return Find-NamedType 'string' }
    $left = Get-TypeOf $Ast.Left
    # A moment less a moment is a length of time.
    if ($Ast.Operator -eq 'Minus' -and "$($left['net'])" -match '\ASystem.DateTime' -and (Get-TypeText $left) -eq (Get-TypeText (Get-TypeOf $Ast.Right))) { return Find-NamedType 'timespan' }
    if ($Ast.Operator -eq 'Divide') { return Find-NamedType 'double' }
    if ("$($Ast.Operator)" -match 'split$') { return @{ list = Find-NamedType 'string' } }
    return $left
}

# The one type that all of these have, but for $null and for what goes round in a circle; unknown when they differ.
function Get-AgreedType($Asts) {
    $types = @($Asts | Where-Object { $_ -is [hashtable] -or $_.Extent.Text -ne '$null' } | ForEach-Object { if ($_ -is [hashtable] -and -not $_.ContainsKey('element')) { $_ } else { Get-TypeOf $_ } })
    $telling = @($types | Where-Object { -not $_['circle'] -and $_['unknown'] -ne 'nothing' -and "$($_['net'])" -ne 'void' })
    if ($telling.Count -eq 0) { if ($types.Count -gt 0) { return $types[0] } else { return @{ unknown = 'nothing' } } }
    $names = @($telling | ForEach-Object { Get-TypeText $_ } | Sort-Object -Unique)
    if ($names.Count -eq 1) { return $telling[0] }
    $several = @($telling | ForEach-Object { $_['several'] ?? $_ })
    if (@($several | Where-Object { -not $_['net'] }).Count -gt 0) { return @{ unknown = 'partly unknown' } }
    $several = @($several | Sort-Object -Property { "$($_.net)" } -Unique)
    return @{ unknown = "one of several: $($several.net -join ', ')"; several = $several }
}

function Get-TypeText($Type) {
    if ($Type['net']) { return "$($Type.net)" }
    if ($Type['list']) { return "list of $(Get-TypeText $Type.list)" }
    if ($Type.ContainsKey('unknown')) { return $Type.unknown }
    return $Type.Keys | Select-Object -First 1
}

# What a block or a statement puts out, and returns.
function Get-Outputs($Ast) {
    if ($null -eq $Ast) { return }
    switch ($Ast.GetType().Name) {
        'ScriptBlockAst' { Get-Outputs $Ast.EndBlock }
        'NamedBlockAst' { foreach ($statement in $Ast.Statements) { Get-Outputs $statement } }
        'StatementBlockAst' { foreach ($statement in $Ast.Statements) { Get-Outputs $statement } }
        'PipelineAst' { $Ast }
        'ReturnStatementAst' { $Ast.Pipeline }
        'IfStatementAst' { foreach ($clause in $Ast.Clauses) { Get-Outputs $clause.Item2 }; Get-Outputs $Ast.ElseClause }
        'SwitchStatementAst' { foreach ($clause in $Ast.Clauses) { Get-Outputs $clause.Item2 }; Get-Outputs $Ast.Default }
        'TryStatementAst' { Get-Outputs $Ast.Body; foreach ($clause in $Ast.CatchClauses) { Get-Outputs $clause.Body } }
        { $_ -match '^(For|ForEach|While|DoWhile|DoUntil)StatementAst$' } { Get-Outputs $Ast.Body }
    }
}

function Get-PipelineType($Ast) {
    return Get-PipedType $Ast ($Ast.PipelineElements.Count - 1)
}

# What the pipeline holds after so many of its elements.
function Get-PipedType($Ast, $Last) {
    $element = $Ast.PipelineElements[$Last]
    if ($element -isnot [Language.CommandAst]) { return Get-TypeOf $element }
    $name = $element.GetCommandName()
    if ($name -eq 'Where-Object' -and $element.Extent.Text -match '\AWhere-Object \{ \$_ -is \[([\w.]+)\] \}\z') { return Find-NamedType $Matches[1] }
    if ($Last -gt 0 -and $name -in $PassingCommands) { return Get-ElementType (Get-PipedType $Ast ($Last - 1)) }
    if ($name -eq 'ForEach-Object') {
        $block = @($element.CommandElements | Where-Object { $_ -is [Language.ScriptBlockExpressionAst] })
        return Get-AgreedType @(Get-Outputs $block[0].ScriptBlock)
    }
    return Get-TypeOf $element
}

function Get-CommandType($Ast) {
    $name = $Ast.GetCommandName()
    if (-not $name) { return @{ unknown = 'what a block answers that is handed over' } }
    if ($name -match $CimCommands) { return @{ cim = $true } }
    if ($CommandTypes.ContainsKey($name)) { return Find-FullName $CommandTypes[$name] }
    if ($name -eq 'ConvertFrom-JsonText') { return @{ data = $true } }
    if (-not $script:Functions.ContainsKey($name)) { return @{ unknown = "what $name answers" } }
    return Get-AgreedType @(Get-Outputs $script:Functions[$name].Body)
}

function Get-Owner($Ast) {
    for ($one = $Ast; $one; $one = $one.Parent) { if ($one -is [Language.FunctionDefinitionAst]) { return $one } }
    return $null
}

function Get-VariableType($Ast) {
    $name = $Ast.VariablePath.UserPath -replace '\Ascript:'
    switch ($name) {
        { $_ -in 'true', 'false' } { return Find-NamedType 'bool' }
        { $_ -in 'Matches', 'PSBoundParameters', 'PSVersionTable', 'env' } { return @{ data = $true } }
        'null' { return @{ unknown = 'nothing' } }
        '_' { return Get-CurrentType $Ast }
        'ExecutionContext' { return Find-FullName 'System.Management.Automation.EngineIntrinsics' }
    }
    for ($scope = $Ast.Parent; $scope; $scope = $scope.Parent) {
        if ($scope -isnot [Language.ScriptBlockAst]) { continue }
        $owner = if ($scope.Parent -is [Language.FunctionDefinitionAst]) { $scope.Parent }
        $declared = @($owner.Parameters) + @($scope.ParamBlock.Parameters) | Where-Object { $_ -and $_.Name.VariablePath.UserPath -eq $name }
        if ($declared) { return Get-ParameterType $owner $declared }
        $sources = @(Get-Sources $scope $name)
        if ($sources.Count -gt 0) { return Get-AgreedType $sources }
    }
    # Of the files around this one.
    if (-not $script:ScriptSources.ContainsKey($name)) { $script:ScriptSources[$name] = @(foreach ($root in $script:Roots) { Get-Sources $root $name }) }
    $sources = $script:ScriptSources[$name]
    if ($sources.Count -gt 0) { return Get-AgreedType $sources }
    return @{ unknown = "the variable $name" }
}

# Everything that is put into a variable in a block, but not in the functions in it, unless it is named as the script's.
function Get-Sources($Scope, $Name) {
    if (-not $script:SourcesByScope.ContainsKey($Scope)) { $script:SourcesByScope[$Scope] = Find-Sources $Scope }
    if ($script:SourcesByScope[$Scope].ContainsKey($Name)) { return $script:SourcesByScope[$Scope][$Name] }
}

function Find-Sources($Scope) {
    $sources = @{}
    $add = { param($Target, $Source, $Inside) if ($Target -match $(if ($Inside) { '\A\$script:(\w+)\z' } else { '\A\$(?:script:)?(\w+)\z' })) { $sources[$Matches[1]] = @($sources[$Matches[1]] | Where-Object { $_ }) + $Source } }
    foreach ($one in @(Find-Ast $Scope ([Language.AssignmentStatementAst])) + @(Find-Ast $Scope ([Language.ForEachStatementAst]))) {
        $inside = $false
        for ($at = $one; $at -ne $Scope; $at = $at.Parent) { if ($at -is [Language.FunctionDefinitionAst]) { $inside = $true } }
        if ($one -is [Language.ForEachStatementAst]) { & $add $one.Variable.Extent.Text @{ element = $one.Condition } $inside; continue }
        $left = $one.Left
        if ($left -is [Language.ConvertExpressionAst]) { & $add $left.Child.Extent.Text $left $inside; continue }
        if ($left -isnot [Language.ArrayLiteralAst]) { & $add $left.Extent.Text $one.Right $inside; continue }
        $right = $one.Right.Expression
        for ($at = 0; $at -lt $left.Elements.Count; $at += 1) {
            & $add $left.Elements[$at].Extent.Text $(if ($right -is [Language.ArrayLiteralAst]) { $right.Elements[$at] } else { @{ element = $one.Right } }) $inside
        }
    }
    return $sources
}

# By its constraint, its default, or what the function is called with wherever that is.
function Get-ParameterType($Owner, $Parameter) {
    $constraint = @($Parameter.Attributes | Where-Object { $_ -is [Language.TypeConstraintAst] })
    if ($constraint.Count -gt 0) { return Find-NamedType $constraint[0].TypeName.FullName }
    $name = $Parameter.Name.VariablePath.UserPath
    if (-not $Owner) { return @{ unknown = "the parameter $name of a block" } }
    $index = @($Owner.Parameters + @($Owner.Body.ParamBlock.Parameters)).IndexOf($Parameter)
    $given = @(foreach ($call in @($script:Calls[$Owner.Name])) { if ($call) { Get-Argument $call $name $index } }) + @($Parameter.DefaultValue) | Where-Object { $_ }
    if (@($given).Count -eq 0) { return @{ unknown = "the parameter $name, which nobody gives" } }
    $type = Get-AgreedType $given
    return $type
}

function Get-Argument($Call, $Name, $Index) {
    $position = -1
    $elements = @($Call.CommandElements | Select-Object -Skip 1)
    for ($at = 0; $at -lt $elements.Count; $at += 1) {
        if ($elements[$at] -is [Language.CommandParameterAst]) {
            if ($elements[$at].ParameterName -eq $Name) { return $elements[$at].Argument ?? $elements[$at + 1] }
            # A switch of ours has no value; every other parameter has.
            if ($elements[$at].ParameterName -notin 'WithoutEvidence', 'KeepGoing') { $at += 1 }
            continue
        }
        $position += 1
        if ($position -eq $Index) { return $elements[$at] }
    }
}

# What $_ is here: an error, what a switch is about, or what comes down the pipeline.
function Get-CurrentType($Ast) {
    for ($one = $Ast; $one; $one = $one.Parent) {
        $parent = $one.Parent
        if ($one -is [Language.CatchClauseAst]) { return Find-FullName 'System.Management.Automation.ErrorRecord' }
        if ($parent -is [Language.SwitchStatementAst] -and $one -ne $parent.Condition) { return Get-ElementType (Get-TypeOf $parent.Condition) }
        if ($one -isnot [Language.ScriptBlockExpressionAst]) { continue }
        while ($parent -and $parent -isnot [Language.PipelineAst]) { $one = $parent; $parent = $parent.Parent }
        $at = if ($parent) { $parent.PipelineElements.IndexOf($one) } else { 0 }
        if ($at -gt 0) { return Get-ElementType (Get-PipedType $parent ($at - 1)) }
    }
    return @{ unknown = 'what a block is handed' }
}

# What a member is of, and its type: unknown where its receiver is.
function Get-MemberType($Ast) {
    $name = $Ast.Member.Value
    if (-not $name) { return @{ unknown = 'a member named at run time' } }
    if ($Ast.Static -and $Ast.Expression -isnot [Language.TypeExpressionAst]) { return @{ unknown = 'what a type answers that is made at run time' } }
    if ($Ast.Static -and $name -eq 'new') { return Find-NamedType $Ast.Expression.TypeName.FullName }
    $receiver = if ($Ast.Static) { Find-NamedType $Ast.Expression.TypeName.FullName } else { Get-TypeOf $Ast.Expression }
    if ($receiver -isnot [hashtable]) { return @{ unknown = 'a type that is not there' } }
    if ($receiver['list'] -and $name -in 'Count', 'Length') { return Find-NamedType 'int' }
    if (-not $Ast.Static) { $receiver = if ($receiver['list']) { $receiver.list } else { $receiver } }
    if ($receiver['data']) { return @{ unknown = 'a value of one of our tables' } }
    if ($receiver['cim']) { return @{ unknown = 'a value of a CIM object' } }
    if ($receiver['several']) { return Get-AgreedType @($receiver.several | ForEach-Object { Get-AnswerType $Ast $_ $name }) }
    return Get-AnswerType $Ast $receiver $name
}

function Get-AnswerType($Ast, $Receiver, $Name) {
    if (-not $receiver['net']) { return $receiver }
    $members = @(Find-Members $receiver.net $name $Ast.Static)
    if ($members.Count -eq 0 -and -not $Ast.Static) {
        $element = Get-ElementType $receiver
        if ($element['net']) { $members = @(Find-Members $element.net $name $false) }
    }
    if ($Ast -is [Language.InvokeMemberExpressionAst]) { $members = @($members | Where-Object { Test-Arity $_ @($Ast.Arguments | Where-Object { $_ }).Count }) }
    $types = @($members | ForEach-Object { if ("$($_.Kind)" -eq 'Method') { $_.ReturnType } else { $_.Type } } | Sort-Object -Property { "$_" } -Unique)
    if ($types.Count -ne 1) { return @{ unknown = "what $name answers" } }
    return New-NetType $types[0]
}

# Whether a method or constructor can be called with so many arguments.
function Test-Arity($Method, $Count) {
    if ("$($Method.Kind)" -ne 'Method') { return $true }
    $parameters = @($Method.Parameters)
    $required = @($parameters | Where-Object { -not $_.IsOptional -and -not $_.IsParams }).Count
    return $Count -ge $required -and ($Count -le $parameters.Count -or @($parameters | Where-Object { $_.IsParams }).Count -gt 0)
}
