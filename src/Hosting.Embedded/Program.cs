using Aspire.Hosting.Processes;

// Not for people: the host starts this assembly beside itself, see Processes/.
return args switch
{
    [WatchdogProgram.Verb] => WatchdogProgram.Run(Console.In),
    [Launcher.Verb, _, ..] when !OperatingSystem.IsWindows() => Launcher.Run(args[1..]),
    _ => Refuse(),
};

static int Refuse()
{
    Console.Error.WriteLine("This program belongs to the AppHost. Start './run', or 'dotnet run --project src/AppHost'.");
    return 2;
}
