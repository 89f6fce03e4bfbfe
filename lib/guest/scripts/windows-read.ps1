#region windows
# The part of windows.ps1 that looks: a script that holds no more cannot change anything.
. "$PSScriptRoot/windows/read.ps1"
#endregion windows
