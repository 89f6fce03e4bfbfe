# Every mistake is an error, and nothing but the reply reaches the output.
using namespace Microsoft.Win32
using namespace Microsoft.Win32.SafeHandles
using namespace System.Diagnostics.Eventing.Reader
using namespace System.IO
using namespace System.IO.Compression
using namespace System.Reflection
using namespace System.Reflection.Emit
using namespace System.Runtime.InteropServices
using namespace System.Security.AccessControl
using namespace System.Security.Cryptography
using namespace System.Security.Cryptography.X509Certificates
using namespace System.Security.Principal
# App Control lets a script that it does not trust do next to nothing: this line needs none of what it forbids.
if ("$($ExecutionContext.SessionState.LanguageMode)" -ne 'FullLanguage') { "RDP-REMEDIATION-BLOCKED $($ExecutionContext.SessionState.LanguageMode)"; return }
Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
# A profile or a policy may have set these otherwise.
$VerbosePreference = 'SilentlyContinue'
$DebugPreference = 'SilentlyContinue'
$InformationPreference = 'SilentlyContinue'
$WhatIfPreference = $false
$ConfirmPreference = 'None'
$PSDefaultParameterValues = @{}
$OFS = ' '
