# stop-services { names, before }: the beginning of a restart. It notes the state of every service first; whoever takes
# the work back brings the services into those states when everything else is back (take-back.ps1).
$OperationKinds['stop-services'] = @{
    Do = {
        param($Operation)
        foreach ($name in $Operation.names) { Stop-ServiceFirmly $name }
    }
    Undo = { return New-WayBack }
}
