using System.Text.Json;
using Ratchet.Contracts;

namespace Ratchet.TrainerService.Evaluation;

/// <summary>The folder that service and worker share for one evaluation.</summary>
public sealed class EvaluationFolder(string path)
{
    public string Path { get; } = path;

    /// <summary>What to do; written last by the service.</summary>
    public string Work => At("evaluation.json");

    public string Items => At("items.jsonl");

    public string Probe => At("probe.jsonl");

    /// <summary>Results, appended one batch after the other.</summary>
    public string Results => At("results.jsonl");

    /// <summary>Written by the worker when all results are there.</summary>
    public string Finished => At("finished.json");

    public EvaluationWork ReadWork() =>
        JsonSerializer.Deserialize<EvaluationWork>(File.ReadAllBytes(Work), WireJson.Options)!;

    private string At(string name) => System.IO.Path.Combine(Path, name);
}

/// <summary>What a worker is to do for an evaluation.</summary>
/// <param name="Models">base, champion (where there is one) and candidate.</param>
/// <param name="AliasVersion">Of the alias when the champion was read.</param>
/// <param name="EncoderPath">Compares what was written with what was wanted (BERTScore); null where there is none.</param>
public sealed record EvaluationWork(
    string ModelPath, string ModelName, IReadOnlyList<EvaluatedModel> Models, long AliasVersion, int WriteTokens, int BatchSize,
    string? EncoderPath = null);

/// <summary>One of the compared models.</summary>
/// <param name="Role">base, champion or candidate.</param>
/// <param name="Id">Exact id.</param>
/// <param name="Folder">Adapter folder; null for the base.</param>
/// <param name="Writes">Writes answers where an item wants one.</param>
/// <param name="Probed">Answers the probe.</param>
public sealed record EvaluatedModel(string Role, string Id, string? Folder, bool Writes, bool Probed);

/// <summary>A held-out question with its contexts, retrieved once for all arms.</summary>
/// <param name="Set">One of <see cref="EvaluationSets"/>.</param>
/// <param name="Plain">The prompt without passages.</param>
/// <param name="Grounded">The prompt with passages.</param>
/// <param name="Written">An answer is written to the grounded prompt.</param>
/// <param name="HasSource">Whether a passage of the question's own document is among them; null where it names none.</param>
public sealed record EvaluationItem(
    string Id, string Set, string Question, string Answer, IReadOnlyList<PromptMessage> Plain,
    IReadOnlyList<PromptMessage> Grounded, bool Written, bool? HasSource);

/// <summary>A general question.</summary>
public sealed record ProbeItem(string Id, IReadOnlyList<PromptMessage> Prompt, string Answer);

/// <summary>One scored answer.</summary>
/// <param name="Mode">plain, grounded or probe.</param>
/// <param name="BertScore">F1 of the written answer; null where nothing was written or there is no encoder.</param>
public sealed record EvaluationResult(
    string Role, string Mode, string Item, double Nll, int Tokens, string? Text = null, double? Seconds = null, double? BertScore = null)
{
    /// <summary>NLL per token.</summary>
    public double MeanNll => Tokens == 0 ? 0 : Nll / Tokens;
}

/// <summary>The sets of questions.</summary>
public static class EvaluationSets
{
    /// <summary>On documents that no example of any batch covers: these decide.</summary>
    public const string Uncovered = "uncovered";

    /// <summary>On documents with examples in a batch.</summary>
    public const string Covered = "covered";

    /// <summary>Reported only.</summary>
    public const string Uncounted = "uncounted";
}

/// <summary>How a question is asked.</summary>
public static class EvaluationModes
{
    public const string Plain = "plain";
    public const string Grounded = "grounded";
    public const string Probe = "probe";
}
