namespace Ratchet.Engine.Training;

/// <summary>What a run learns from its samples.</summary>
internal interface ITrainingObjective
{
    /// <summary>Samples, or pairs.</summary>
    int SampleCount { get; }

    /// <summary>What the last step saw of each pair; empty where there are none.</summary>
    IReadOnlyList<PreferenceOutcome> LastPreferences { get; }

    /// <summary>Adds the gradients of some samples: together one step.</summary>
    /// <param name="backend">Gets the gradients.</param>
    /// <param name="chosen">Which samples.</param>
    /// <param name="dropoutKey">Of the step.</param>
    /// <param name="cancellation">Looked at between passes.</param>
    ObjectiveSum Accumulate(ITrainingBackend backend, IReadOnlyList<int> chosen, ulong dropoutKey, CancellationToken cancellation);

    /// <summary>SHA-256 of all samples, lower-case hexadecimal.</summary>
    string Digest();
}

/// <summary>What a step's samples came to.</summary>
/// <param name="Loss">Mean over targets, or over pairs.</param>
/// <param name="TokenCount">Tokens that went through the model.</param>
/// <param name="TargetCount">Tokens that counted in the loss.</param>
internal readonly record struct ObjectiveSum(double Loss, int TokenCount, int TargetCount);
