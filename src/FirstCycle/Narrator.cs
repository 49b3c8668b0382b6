using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Ratchet.FirstCycle;

/// <summary>Tells what happens: colours and a moving line on a terminal, plain lines everywhere else.</summary>
internal sealed class Narrator(IAnsiConsole console, bool isTerminal)
{
    private static readonly TimeSpan PlainProgressEvery = TimeSpan.FromSeconds(15);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _lastProgress = TimeSpan.MinValue;
    private string? _lastStep;
    private bool _isLineOpen;
    private int _stepCount;

    public TimeSpan Elapsed => _clock.Elapsed;

    public IAnsiConsole Console { get; } = console;

    public void Step(string title)
    {
        CloseLine();
        _stepCount++;
        Console.WriteLine();
        Console.MarkupLineInterpolated($"[bold]{_stepCount}. {title}[/]  [grey]({Clock(_clock.Elapsed)})[/]");
    }

    public void Say(string text)
    {
        CloseLine();
        Console.WriteLine($"   {text}");
    }

    public void Fail(string text)
    {
        CloseLine();
        Console.MarkupLineInterpolated($"[red]Failed:[/] {text}");
    }

    /// <summary>How far a long step is. On a terminal the line moves; elsewhere a new one comes now and then.</summary>
    public void Progress(string step, string detail, double? remainingSeconds)
    {
        string remaining = remainingSeconds is { } seconds ? $", about {Clock(TimeSpan.FromSeconds(seconds))} left" : "";
        string line = $"   {step}: {detail}{remaining}";
        if (isTerminal)
        {
            if (_lastStep != step)
            {
                CloseLine();
            }

            int width = Math.Max(20, Console.Profile.Width - 1);
            System.Console.Write($"\r{(line.Length > width ? line[..width] : line.PadRight(width))}");
            _isLineOpen = true;
        }
        else if (_lastStep != step || _clock.Elapsed - _lastProgress > PlainProgressEvery)
        {
            Console.WriteLine(line);
            _lastProgress = _clock.Elapsed;
        }

        _lastStep = step;
    }

    public static string Clock(TimeSpan time) => time.ToString(@"m\:ss", CultureInfo.InvariantCulture);

    private void CloseLine()
    {
        if (_isLineOpen)
        {
            System.Console.WriteLine();
            _isLineOpen = false;
        }
    }
}
