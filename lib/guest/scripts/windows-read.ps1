#region windows
# The read-only part of windows.ps1: a script with only this part cannot change anything.
. "$PSScriptRoot/windows/read.ps1"
#endregion windows
