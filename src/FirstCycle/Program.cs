using Ratchet.FirstCycle;
using Spectre.Console;

if (!CycleArguments.TryParse(args, out CycleArguments? arguments, out string? fault))
{
    Console.Error.WriteLine(fault);
    return 2;
}

// Decided here: what Spectre.Console finds out by itself lets colour codes into files on some build machines.
bool isTerminal = !Console.IsOutputRedirected;
IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No });
if (!isTerminal)
{
    // A file has no right edge: nothing is to be broken into lines there.
    console.Profile.Width = 1000;
}

var narrator = new Narrator(console, isTerminal);
try
{
    return await new Loop(arguments, narrator).RunAsync() ? 0 : 1;
}
catch (OperationCanceledException)
{
    narrator.Say("Stopped.");
    return 130;
}
catch (StepFailedException e)
{
    narrator.Fail(e.Message);
    return 1;
}
