# Invariants: what works before a change and is not its target must work after it. These are the keys of others,
# including that of the Azure agent's certificate, and the agent itself, which the next script needs.

function Get-Invariants {
    foreach ($certificate in @(Get-OtherCertificates | Where-Object { $_.key.usable })) { "the key of certificate $($certificate.thumbprint) ($($certificate.subject))" }
    foreach ($name in $AgentServices) {
        $facts = Get-ServiceFacts $name
        if ($facts -and $facts.state -eq 'Running') { "the service $name" }
    }
}

# The agent updates itself now and then: a service that is just restarting is given time.
function Assert-Invariants($Before) {
    for ($look = 0; $true; $look += 1) {
        $now = @(Get-Invariants)
        $lost = @($Before | Where-Object { $now -notcontains $_ })
        if ($lost.Count -eq 0) { return }
        if ($look -eq 15) { throw "After the changes there is no more use of $($lost -join ', ')." }
        Wait-Seconds 2
    }
}
