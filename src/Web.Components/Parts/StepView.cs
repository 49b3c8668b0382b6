namespace Ratchet.Web.Components.Parts;

/// <summary>A named step of a cycle or a job.</summary>
public sealed record StepView(string Name, StepState State, string? Detail = null);

/// <summary>How far a step is.</summary>
public enum StepState
{
    Waiting,
    Running,
    Done,
    Failed,
    Skipped,
}
