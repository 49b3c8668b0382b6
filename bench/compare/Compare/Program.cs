// bench/compare/run builds this and passes its arguments on; the head of that file lists them.

using Ratchet.Compare;

if (args is ["search-ours", string vectors, string count])
{
    return await SearchRun.PrintAsync(vectors, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture));
}

string root = Workplace.FindRoot();
var place = new Workplace(root, Environment.GetEnvironmentVariable("RATCHET_PEERS") ?? Path.Combine(root, "artifacts", "peers"))
{
    IsQuick = args.Contains("--quick"),
    Launcher = args.Contains("--realtime") ? ["chrt", "-r", "10"] : [],
};
var machine = Machine.Read();
string results = Path.Combine(root, "bench", "results", machine.Folder);
Directory.CreateDirectory(results);
if (args.Contains("--growth"))
{
    Console.Write(GrowthReport.Write(place, machine, results));
    return 0;
}

string[] wanted = Option("--rows")?.Split(',') ?? [];
List<RowPlan> plans = [.. RowPlans.All(place, machine).Where(plan => wanted.Length == 0 || wanted.Contains(plan.Name))];
if (plans.Count < wanted.Length)
{
    Console.Error.WriteLine($"--rows names a row that is not there; there are {string.Join(", ", RowPlans.All(place, machine).Select(plan => plan.Name))}.");
    return 2;
}

var rows = new List<Row>();
foreach (RowPlan plan in plans)
{
    Console.Error.Write($"{plan.Name} ... ");
    rows.Add(plan.Measure(place.IsQuick ? 1 : 3));
    Console.Error.WriteLine(rows[^1]);
    if (place.Launcher.Count > 0)
    {
        // Nobody else gets a processor while a row is measured.
        await Task.Delay(TimeSpan.FromSeconds(5));
    }
}

List<Check> checks = [.. Checks.All(place, wanted.Length > 0).Select(check => check())];
var report = new Report(machine, place.Versions(), rows, checks);
string markdown = report.Markdown();
Console.Write(markdown);

// Some rows alone, or one short round, are no table to keep.
if (wanted.Length == 0 && !place.IsQuick)
{
    File.WriteAllText(Path.Combine(results, "compare.md"), markdown);
    File.WriteAllText(Path.Combine(results, "compare.json"), report.Json());
}

if (Option("--json") is { } file)
{
    File.WriteAllText(file, report.Json());
}

return checks.Any(check => check.Holds == false) ? 1 : 0;

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;
