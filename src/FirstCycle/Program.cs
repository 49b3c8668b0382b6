using Ratchet.FirstCycle;
using Spectre.Console;

if (!CycleArguments.TryParse(args, out CycleArguments? arguments, out string? fault))
{
    Console.Error.WriteLine(fault);
    return 2;
}

// Decided here: what Spectre.Console finds out by itself lets colour codes into files on some build machines.
bool isTerminal = !Console.IsOutputRedirected;
var narrator = new Narrator(
    AnsiConsole.Create(new AnsiConsoleSettings { Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No }), isTerminal);
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
