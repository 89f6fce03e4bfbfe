# configure-service { service, to, was }: one of the three services, to a start mode that lets it start, under its own account.
$ChangeKinds['configure-service'] = @{
    Target = { param($Change) "service $($Change.service)" }
    Forbid = {
        param($Change)
        $service = $Change['service']
        if ($RdpServices -cnotcontains $service) { return "The service '$service' is not ours to configure." }
        $to = $Change['to']
        $allowed = $null -ne $to -and @('Manual', 'Auto') -ccontains $to['startMode'] -and @('own', 'share') -ccontains $to['type']
        if (-not $allowed) { return "The service $service may not be configured like this." }
        # Windows spells NT AUTHORITY\NetworkService with a blank or without, and in either case.
        if ("$($to['account'])".Replace(' ', '') -ne $RdpServiceAccounts[$service]) { return "The service $service may not run as '$($to['account'])'." }
    }
    Differ = {
        param($Change)
        $present = Get-ServiceSetting $Change.service
        if ((Test-SameData $present $Change.to) -or (Test-SameData $present $Change['was'])) { return }
        return "The settings of the service $($Change.service) are no longer what they were."
    }
    Operations = {
        param($Change)
        $present = Get-ServiceSetting $Change.service
        if (-not (Test-SameData $present $Change.to)) { New-ServiceOperation $Change.service $present $Change.to }
    }
}
