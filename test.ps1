# Builds in Release and runs the test projects on Windows, as ./test does elsewhere: quick ones first, the whole product last.
#
#   ./test.ps1                                        all tests
#   ./test.ps1 --filter-trait Category=Golden         arguments go to the test programs
#   ./test.ps1 --no-build                             what is built already
#   ./test.ps1 --project Engine.Tests                 one project, built alone; may be given several times
#
# Each project's output stands in artifacts/<stack>/test-results/<project>.log. The last line is the sum over all
# projects: "N passed, N failed, N skipped". Exit code 0 only if tests ran and none failed.
$ErrorActionPreference = 'Stop'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
$build = $true
$chosen = @()
$pass = @()

function Stop-Usage($message) { [Console]::Error.WriteLine($message); exit 2 }

for ($i = 0; $i -lt $args.Count; $i++) {
    switch -CaseSensitive ("$($args[$i])") {
        { $_ -in '-h', '--help' } { Get-Content $PSCommandPath | Select-Object -First 9 | ForEach-Object { $_ -replace '^# ?', '' }; exit 0 }
        '--no-build' { $build = $false }
        '--project' {
            $i++
            if ($i -ge $args.Count) { Stop-Usage '--project needs the name of a folder in tests/.' }
            $chosen += "$($args[$i])"
        }
        '--' { }
        default { $pass += "$($args[$i])" }
    }
}

$all = Get-ChildItem (Join-Path $PSScriptRoot 'tests') -Directory -Filter '*.Tests' | ForEach-Object Name
$unknown = @($chosen | Where-Object { $_ -cnotin $all })
if ($unknown) { Stop-Usage "There is no test project '$($unknown[0])'; there are $($all -join ', ')." }

# The build's own rule: the variable Stack, else whether a container runtime is there.
$stack = "$(dotnet msbuild (Join-Path $PSScriptRoot 'src/Contracts/Contracts.csproj') -getProperty:Stack)".Trim()
if ($LASTEXITCODE -ne 0) { Stop-Usage "The stack could not be found out: $stack" }
$env:Stack = $stack

if ($build) {
    $what = if ($chosen) { $chosen | ForEach-Object { Join-Path $PSScriptRoot "tests/$_" } } else { Join-Path $PSScriptRoot 'Aspire.sln' }
    foreach ($one in $what) {
        dotnet build $one --configuration Release --nologo --verbosity quiet
        if ($LASTEXITCODE -ne 0) { [Console]::Error.WriteLine('The build failed; no test ran.'); exit 1 }
    }
}

# House rules first, they cost a second; the whole product last, it costs minutes.
if (-not $chosen) { $chosen = @('House.Tests') + @($all | Where-Object { $_ -cnotin 'House.Tests', 'EndToEnd.Tests' }) + @('EndToEnd.Tests') }

$results = Join-Path $PSScriptRoot "artifacts/$stack/test-results"
if (Test-Path $results) { Remove-Item $results -Recurse -Force }
New-Item $results -ItemType Directory | Out-Null
$env:FUZZ_REPORT = Join-Path $results 'fuzz.txt'
$passed = 0
$failed = 0
$skipped = 0

foreach ($name in $chosen) {
    $program = Join-Path $PSScriptRoot "artifacts/$stack/bin/$name/release/Ratchet.$name.dll"
    $report = Join-Path $results "$name.xml"
    $log = Join-Path $results "$name.log"
    if (-not (Test-Path $program)) {
        [Console]::Error.WriteLine("${name}: not built; $program is missing.")
        $failed++
        continue
    }

    $watch = [Diagnostics.Stopwatch]::StartNew()
    dotnet exec $program --no-progress --no-ansi --results-directory $results --report-xunit --report-xunit-filename "$name.xml" @pass *> $log
    $code = $LASTEXITCODE

    # 8 is the platform's "no test ran": allowed for one project, never for all of them.
    if ($code -eq 8) {
        '{0,-28} no tests' -f $name
        continue
    }

    # The counts come from the report, not from the text on the screen; no report means that the program fell over.
    $sum = if ((Test-Path $report) -and (Get-Item $report).Length) { ([xml](Get-Content $report -Raw)).SelectSingleNode('//assembly') }
    if (-not $sum) {
        [Console]::Error.WriteLine("$name ended with exit code $code and without a whole report; the end of its output:")
        Get-Content $log -Tail 60 | ForEach-Object { [Console]::Error.WriteLine($_) }
        $failed++
        continue
    }

    $bad = [int]$sum.GetAttribute('failed') + [int]('0' + $sum.GetAttribute('errors'))
    if ($bad -eq 0 -and $code -ne 0) { $bad = 1 }
    $passed += [int]$sum.GetAttribute('passed')
    $failed += $bad
    $skipped += [int]$sum.GetAttribute('skipped')
    '{0,-28} {1,5} passed {2,4} failed {3,4} skipped {4,5:0} s' -f $name, $sum.GetAttribute('passed'), $bad, $sum.GetAttribute('skipped'), $watch.Elapsed.TotalSeconds
    if ($bad -gt 0) { Select-String -Path $log -Pattern '^(failed|error) ' -Context 0, 25 | Select-Object -First 8 | ForEach-Object { "$_" } }
}

"$passed passed, $failed failed, $skipped skipped"
if ($failed -gt 0 -or $passed -eq 0) { exit 1 }
exit 0
