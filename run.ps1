# Starts Ratchet on Windows; `./run --help` on other systems explains the arguments, which are the same.
#   ./run.ps1 [first-cycle] [--documents FOLDER] [--model PATH] [--data PATH] [--seed N] [--randomize-ports] [--no-build]
$ErrorActionPreference = 'Stop'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
$project = 'AppHost'
$build = $true
$pass = @()
for ($i = 0; $i -lt $args.Count; $i++) {
    switch ($args[$i]) {
        'first-cycle' { $project = 'FirstCycle' }
        '--randomize-ports' { $pass += '--DcpPublisher:RandomizePorts=true' }
        '--no-build' { $build = $false }
        { $_ -in '--documents', '--data' } { $i++; $pass += $_, $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($args[$i]) }
        default { $pass += $args[$i] }
    }
}
if ($build) {
    Write-Output 'Building ...'
    dotnet build "$PSScriptRoot/src/$project" --configuration Release --nologo --verbosity quiet -clp:ErrorsOnly
    if ($LASTEXITCODE -ne 0) { exit 1 }
}
dotnet run --project "$PSScriptRoot/src/$project" --configuration Release --no-build -- @pass
exit $LASTEXITCODE
