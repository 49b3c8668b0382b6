# Builds everything in Release and runs all tests on Windows. Arguments go to `dotnet test`; filters come after `--`.
$ErrorActionPreference = 'Stop'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
dotnet build "$PSScriptRoot/Aspire.sln" --configuration Release --nologo --verbosity quiet
if ($LASTEXITCODE -ne 0) { exit 1 }
# Exit code 8 is a project in which no test matched.
dotnet test --solution "$PSScriptRoot/Aspire.sln" --configuration Release --no-build --ignore-exit-code 8 @args
exit $LASTEXITCODE
