namespace Ratchet.TrainerService.Cycles;

/// <summary>One step of a cycle. Run again after a kill, it finds what it did and goes on from there.</summary>
public interface ICycleStep
{
    string Name { get; }

    Task<CycleStepResult> RunAsync(CycleState cycle, CycleProgress progress, CancellationToken cancellation);
}

/// <summary>What a step leaves behind.</summary>
/// <param name="Message">For people.</param>
/// <param name="Change">Applied to the state in the transaction that ends the step.</param>
/// <param name="Ends">Status that ends the cycle here; the steps after it are skipped.</param>
public sealed record CycleStepResult(string Message, Func<CycleState, CycleState>? Change = null, string? Ends = null);

/// <summary>A step cannot be done, now or later.</summary>
public sealed class CycleStepException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
