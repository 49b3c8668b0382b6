namespace Ratchet.TrainerService.Tests.External;

/// <summary>Holds the fake trainer before a step until it is opened, however slow or quick the machine is.</summary>
internal sealed class StepGate(int step) : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"ratchet-gate-{Guid.NewGuid():N}");

    /// <summary>What tells the trainer of it.</summary>
    public (string Name, string Value)[] Settings =>
    [
        ("Trainer:External:Settings:wait_at", step.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ("Trainer:External:Settings:wait_for", _file),
    ];

    public void Open() => File.WriteAllText(_file, "");

    public void Dispose() => File.Delete(_file);
}
