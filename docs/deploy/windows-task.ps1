# Registers a nightly run for the user who starts this script. The AppCode is read from a file that only that user may
# read. Adjust the three paths first.
$program = "C:\mobile3batch\mobile3batch.exe"
$list    = "C:\mobile3batch\customers.xlsx"
$appcode = "C:\mobile3batch\appcode.txt"

icacls $appcode /inheritance:r /grant:r "$($env:USERNAME):(R)" | Out-Null

$run = "run `"$list`" --appcode-file `"$appcode`" --daily-max-cost 500 --yes --quiet"
$action   = New-ScheduledTaskAction -Execute $program -Argument $run -WorkingDirectory (Split-Path $program)
$trigger  = New-ScheduledTaskTrigger -Daily -At 02:30
# A second start while one is running is refused by the checkpoint, too; here it is not even tried.
$settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -MultipleInstances IgnoreNew -DontStopOnIdleEnd -ExecutionTimeLimit ([TimeSpan]::Zero)
Register-ScheduledTask -TaskName "mobile3batch" -Action $action -Trigger $trigger -Settings $settings -Description "Nightly check, each person paid for once" -Force
# The last exit code: (Get-ScheduledTaskInfo mobile3batch).LastTaskResult    6 and 7 are no failures, see --help
