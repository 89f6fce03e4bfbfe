#region windows
# Every call that touches Windows, and nothing else: the functions of sandbox/windows/adapter.ts, with the same names,
# parameters and answers. Whoever puts other functions in this region is the Windows that all other files see.
# Answers are hashtables, arrays, texts, numbers, booleans and $null.
. "$PSScriptRoot/windows/read.ps1"
. "$PSScriptRoot/windows/write.ps1"
#endregion windows
