# The resources in Windows that a change may lead from one state to another, as plain data:
#   registry-value { key, name }    its type and data
#   registry-key { key }            'empty' or 'used'; made and removed only when it is empty
#   file-security { path }          owner and access part of a file or folder
#   certificate { thumbprint }      of the store "Remote Desktop", and no other: its blob, which names the key and does not hold it
#   service-setting { service }     how it starts, not whether it runs
#   service-state { service }       whether it runs; only of the services behind the certificate's key
#   firewall-rule { name }          whether it is enabled
#   firewall-profile { name }       whether it blocks all, whatever rules allow
#   log-on-right { right, sid }     whether the account holds the right
#   restore-task { value }          the task of Windows that restores this value of RDP-Tcp: from what, to what, and when
# What is there is plain data too, $null when nothing is.

function Get-ResourceName($Resource) {
    switch ($Resource.kind) {
        'registry-value' { return "HKLM\$($Resource.key)\$($Resource.name)" }
        'registry-key' { return "The registry key HKLM\$($Resource.key)" }
        'file-security' { return "The permissions of $($Resource.path)" }
        'certificate' { return "The certificate $($Resource.thumbprint)" }
        'service-setting' { return "The settings of the service $($Resource.service)" }
        'service-state' { return "The state of the service $($Resource.service)" }
        'firewall-rule' { return "The firewall rule $($Resource.name)" }
        'firewall-profile' { return "The firewall profile $($Resource.name)" }
        'log-on-right' { return "$($Resource.right) of $($Resource.sid)" }
        'restore-task' { return "The task that restores $($Resource.value)" }
    }
}

function Get-ResourceState($Resource) {
    switch ($Resource.kind) {
        'registry-value' { Get-RegistryData -Key $Resource.key -Name $Resource.name }
        'registry-key' { Get-RegistryKeyState $Resource.key }
        'file-security' {
            $facts = Get-FileFacts $Resource.path
            if ($facts) { @{ owner = $facts.owner; sddl = $facts.sddl } }
        }
        'certificate' { Get-CertificateBlob -Store 'Remote Desktop' -Thumbprint $Resource.thumbprint }
        'service-setting' {
            $facts = Get-ServiceFacts $Resource.service
            if ($facts) { @{ account = $facts.account; startMode = $facts.startMode; type = $facts.type } }
        }
        'service-state' { (Get-ServiceFacts $Resource.service).state }
        'firewall-rule' { (Get-FirewallPart 'rules' $Resource.name).enabled }
        'firewall-profile' { (Get-FirewallPart 'profiles' $Resource.name).blockAll }
        'log-on-right' { Get-AccountRight -Right $Resource.right -Sid $Resource.sid }
        'restore-task' { Get-RestoreTask $Resource.value }
    }
}

function Set-ResourceState($Resource, $To) {
    switch ($Resource.kind) {
        'registry-value' {
            if ($To) { Set-RegistryData -Key $Resource.key -Name $Resource.name -Type $To.type -Data $To.data } else { Remove-RegistryData -Key $Resource.key -Name $Resource.name }
        }
        'registry-key' { if ($To) { New-RegistryKey $Resource.key } else { Remove-RegistryKey $Resource.key } }
        'file-security' { Set-FileSecurity -Path $Resource.path -Owner $To.owner -Sddl $To.sddl }
        'certificate' {
            if ($To) { Set-CertificateBlob -Store 'Remote Desktop' -Thumbprint $Resource.thumbprint -Blob $To } else { Remove-StoreCertificate -Store 'Remote Desktop' -Thumbprint $Resource.thumbprint }
        }
        'service-setting' { Set-ServiceSetting -Name $Resource.service -StartMode $To.startMode -Account $To.account -Type $To.type }
        'service-state' {
            if ($To -eq 'Running') { Start-RdpService -Name $Resource.service -TimeoutSeconds 60 } else { Stop-RdpService -Name $Resource.service -TimeoutSeconds 60 }
        }
        'firewall-rule' { Set-FirewallRuleEnabled -Name $Resource.name -Enabled $To }
        'firewall-profile' { Set-FirewallBlockAll -Profile $Resource.name -BlockAll $To }
        'log-on-right' { Set-AccountRight -Right $Resource.right -Sid $Resource.sid -Held $To }
        'restore-task' {
            if ($To) { Register-RestoreTask -Value $Resource.value -Weakened $To.weakened -Former $To.former -Until $To.until } else { Unregister-RestoreTask $Resource.value }
        }
    }
}

# What was removed may be there still: some stores remove in memory and tell of no failure.
function Assert-Removed($Resource) {
    if ($null -ne (Get-ResourceState $Resource)) { throw "$(Get-ResourceName $Resource) was removed, and is there still." }
}

function Get-FirewallPart($Part, $Name) {
    $found = @((Get-FirewallFacts (Get-RdpPort))[$Part] | Where-Object { $_.name -eq $Name })
    if ($found.Count -eq 0) { throw "The firewall has no $Name among its $Part." }
    return $found[0]
}

function New-DeclaredResource($Id) {
    $group, $name = $Id -split '/'
    return @{ kind = 'registry-value'; key = $DeclaredKeys[$group]; name = $name }
}

# The operation that leads a resource to a state, or nothing when it is there already. Its inverse operation is the same operation
# with from and to exchanged.
function New-ResourceOperation($Resource, $To) {
    $from = Get-ResourceState $Resource
    if (-not (Compare-State $from $To)) { return @{ kind = 'resource'; resource = $Resource; from = $from; to = $To } }
}
