# restart-rdp-services { was }: no step among the others but a bracket around them, which apply.ps1 opens and closes.
$ChangeKinds['restart-rdp-services'] = @{
    Target = { 'services SessionEnv, TermService, UmRdpService' }
    Forbid = { }
    Differ = {
        param($Change)
        $state = (Get-ServiceStates)['TermService']
        if ($null -eq $Change['was'] -or $state -ne $Change.was['TermService']) { return "The service TermService is now: $state." }
    }
    Operations = { }
}
