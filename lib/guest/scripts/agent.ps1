# What Azure needs inside this VM. No change may break it.

function Get-AgentSection {
    $services = @{}
    foreach ($name in $AgentServices) {
        $facts = Get-ServiceFacts $name
        $services[$name] = if ($facts) { $facts.state }
    }
    $own = @(Get-StoreCertificates 'My' | Where-Object { @(Get-CertificateUsers $_.thumbprint) -contains 'Azure agent' })
    return @{ services = $services; certificates = @($own | ForEach-Object { @{ thumbprint = $_.thumbprint; usable = $_.key.usable } }) }
}
