using System.ComponentModel.DataAnnotations;

namespace Ratchet.TrainerService.Evaluation;

/// <summary>How candidates are evaluated, from "Trainer:Evaluation".</summary>
public sealed class EvaluationOptions
{
    /// <summary>Passages that a question is asked with.</summary>
    [Range(1, 50)]
    public int PassageCount { get; set; } = 2;

    /// <summary>Tokens of a written answer.</summary>
    [Range(1, 1024)]
    public int WriteTokens { get; set; } = 24;

    /// <summary>Questions on uncovered documents with a written answer; the gate needs as many as it needs questions.</summary>
    [Range(0, 100_000)]
    public int WrittenUncovered { get; set; } = 120;

    /// <summary>Questions on covered documents with a written answer.</summary>
    [Range(0, 100_000)]
    public int WrittenCovered { get; set; } = 40;

    /// <summary>Questions of each set at most; the first ones by the hash of their id.</summary>
    [Range(1, 100_000)]
    public int QuestionsMax { get; set; } = 500;

    /// <summary>Questions scored together.</summary>
    [Range(1, 256)]
    public int BatchSize { get; set; } = 8;

    /// <summary>Pairs of answers shown in the report.</summary>
    [Range(0, 100)]
    public int PairCount { get; set; } = 10;
}
