# The places in Windows that a change may lead from one state to another, as plain data:
#   registry-value { key, name }    its type and data
#   file-security { path }          owner and access part of a file or folder
#   certificate { thumbprint }      of the store "Remote Desktop", and no other: its blob, which names the key and does not hold it
#   service-setting { service }     how it starts, not whether it runs
#   firewall-rule { name }          whether it is enabled
#   firewall-profile { name }       whether it blocks all, whatever rules allow
#   restore-task { value }          the task of Windows that restores this value of RDP-Tcp: from what, to what, and when
# What is there is plain data too, $null when nothing is.

function Get-PlaceName($Place) {
    switch ($Place.kind) {
        'registry-value' { return "HKLM\$($Place.key)\$($Place.name)" }
        'file-security' { return "The permissions of $($Place.path)" }
        'certificate' { return "The certificate $($Place.thumbprint)" }
        'service-setting' { return "The settings of the service $($Place.service)" }
        'firewall-rule' { return "The firewall rule $($Place.name)" }
        'firewall-profile' { return "The firewall profile $($Place.name)" }
        'restore-task' { return "The task that restores $($Place.value)" }
    }
}

function Read-Place($Place) {
    switch ($Place.kind) {
        'registry-value' { Get-RegistryData -Key $Place.key -Name $Place.name }
        'file-security' {
            $facts = Get-FileFacts $Place.path
            if ($facts) { @{ owner = $facts.owner; sddl = $facts.sddl } }
        }
        'certificate' { Get-CertificateBlob -Store 'Remote Desktop' -Thumbprint $Place.thumbprint }
        'service-setting' {
            $facts = Get-ServiceFacts $Place.service
            if ($facts) { @{ account = $facts.account; startMode = $facts.startMode; type = $facts.type } }
        }
        'firewall-rule' { (Get-FirewallPart 'rules' $Place.name).enabled }
        'firewall-profile' { (Get-FirewallPart 'profiles' $Place.name).blockAll }
        'restore-task' { Get-RestoreTask $Place.value }
    }
}

function Write-Place($Place, $To) {
    switch ($Place.kind) {
        'registry-value' {
            if ($To) { Set-RegistryData -Key $Place.key -Name $Place.name -Type $To.type -Data $To.data } else { Remove-RegistryData -Key $Place.key -Name $Place.name }
        }
        'file-security' { Set-FileSecurity -Path $Place.path -Owner $To.owner -Sddl $To.sddl }
        'certificate' {
            if ($To) { Set-CertificateBlob -Store 'Remote Desktop' -Thumbprint $Place.thumbprint -Blob $To } else { Remove-StoreCertificate -Store 'Remote Desktop' -Thumbprint $Place.thumbprint }
        }
        'service-setting' { Set-ServiceSetting -Name $Place.service -StartMode $To.startMode -Account $To.account -Type $To.type }
        'firewall-rule' { Set-FirewallRuleEnabled -Name $Place.name -Enabled $To }
        'firewall-profile' { Set-FirewallBlockAll -Profile $Place.name -BlockAll $To }
        'restore-task' {
            if ($To) { Register-RestoreTask -Value $Place.value -Relaxed $To.relaxed -Former $To.former -Until $To.until } else { Unregister-RestoreTask $Place.value }
        }
    }
}

function Get-FirewallPart($Part, $Name) {
    $found = @((Get-FirewallFacts (Get-RdpPort))[$Part] | Where-Object { $_.name -eq $Name })
    if ($found.Count -eq 0) { throw "The firewall has no $Name among its $Part." }
    return $found[0]
}

function New-DeclaredPlace($Id) {
    $group, $name = $Id -split '/'
    return @{ kind = 'registry-value'; key = $DeclaredKeys[$group]; name = $name }
}

# The deed that leads a place to a state, or nothing when it is there already. Its way back is the same deed
# with from and to exchanged.
function New-PlaceDeed($Place, $To) {
    $from = Read-Place $Place
    if (-not (Test-Same $from $To)) { return @{ kind = 'place'; place = $Place; from = $from; to = $To } }
}
