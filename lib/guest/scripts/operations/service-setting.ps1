# service-setting { service, before, after }: start mode, account and process type; the service is neither stopped nor started.
$OperationKinds['service-setting'] = @{
    Do = {
        param($Operation)
        $to = $Operation.after
        Set-ServiceSetting -Name $Operation.service -StartMode $to.startMode -Account $to.account -Type $to.type
    }
    Undo = {
        param($Operation)
        $present = Get-ServiceSetting $Operation.service
        if ($null -eq $present) { return New-WayBack -Conflict "The service $($Operation.service) is no longer there." }
        if (Test-SameData $present $Operation.before) { return New-WayBack }
        $conflict = ''
        if (-not (Test-SameData $present $Operation.after)) { $conflict = "The settings of the service $($Operation.service) were changed since." }
        return New-WayBack (New-ServiceOperation $Operation.service $present $Operation.before) $conflict
    }
}

function New-ServiceOperation {
    param([string]$Service, $Before, $After)
    return @{ kind = 'service-setting'; service = $Service; before = $Before; after = $After }
}
