# Starts Ratchet on Windows, as ./run does elsewhere: restores, builds (Release), starts the four services, prints where to go.
#
#   ./run.ps1                          the whole of it; Ctrl+C stops everything
#   ./run.ps1 first-cycle [--seed N]   the loop once over the sample business; exit code 0 if it was promoted
#
#   --documents FOLDER             makes the files of a folder answerable, and keeps watching it
#   --model PATH                   serves another GGUF file or Hugging Face folder (or a name in models/)
#   --data PATH                    keeps all state there instead of in data/
#   --randomize-ports              takes any free ports instead of 5380 to 5383 and 5390
#   --redis WHERE, --qdrant WHERE  auto, container, external (ConnectionStrings__redis says where) or none
#   --gateway-replicas N, --inference-replicas N
#   --backend NAME                 what computes: auto, managed or torch
#   --trainer-gpus LIST, --inference-gpus LIST    which GPUs, as in 0,1; none for the processor
#   --no-build                     starts what is built already
#   --help                         this text
$ErrorActionPreference = 'Stop'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
$project = 'AppHost'
$build = $true
$pass = @()

# Paths are the caller's, whatever folder the program runs in.
function Resolve-Absolute($path) { $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($path) }
function Stop-Usage($message) { [Console]::Error.WriteLine($message); exit 2 }

for ($i = 0; $i -lt $args.Count; $i++) {
    $name, $value = "$($args[$i])" -split '=', 2
    if ($name -in '--documents', '--data', '--model', '--seed', '--redis', '--qdrant', '--gateway-replicas', '--inference-replicas',
        '--backend', '--trainer-gpus', '--inference-gpus', '--collection') {
        if ($null -eq $value) { $i++; $value = "$($args[$i])" }
        if (-not $value) { Stop-Usage "$name needs a value; ./run.ps1 --help explains." }
        if ($name -in '--documents', '--data' -or ($name -eq '--model' -and ($value -match '[/\\]|\.gguf$' -or (Test-Path $value -PathType Container)))) { $value = Resolve-Absolute $value }
        $pass += $name, $value
        continue
    }

    switch -Regex ($args[$i]) {
        '^(-h|--help)$' { Get-Content $PSCommandPath | Select-Object -First 15 | ForEach-Object { $_ -replace '^# ?', '' }; exit 0 }
        '^first-cycle$' { $project = 'FirstCycle' }
        '^--randomize-ports$' { $pass += '--DcpPublisher:RandomizePorts=true' }
        '^--no-build$' { $build = $false }
        '^--.*[:=]' { $pass += $args[$i] } # a setting of the host, as in --Parameters:service-key=...
        '^--$' { }
        default { Stop-Usage "'$($args[$i])' is nothing that ./run.ps1 knows; ./run.ps1 --help lists what it does." }
    }
}

if ($build) {
    Write-Output 'Building ...'
    dotnet build "$PSScriptRoot/src/$project" --configuration Release --nologo --verbosity quiet -clp:ErrorsOnly
    if ($LASTEXITCODE -ne 0) { [Console]::Error.WriteLine('The build failed.'); exit 1 }
}

dotnet run --project "$PSScriptRoot/src/$project" --configuration Release --no-build -- @pass
exit $LASTEXITCODE
