namespace Ratchet.Contracts.Trainer;

/// <summary>What the evaluation of a candidate measured and what the gate made of it.</summary>
public sealed record EvaluationReport
{
    public string Object { get; init; } = "evaluation";

    public required string Adapter { get; init; }

    /// <summary>The generation compared with; null while there is none and the base stands in.</summary>
    public string? Champion { get; init; }

    public required string BaseModel { get; init; }

    public string? Collection { get; init; }

    public string? Batch { get; init; }

    public string? Cycle { get; init; }

    public required long CreatedAt { get; init; }

    public required long FinishedAt { get; init; }

    /// <summary>Version of the grounded prompt that all arms were asked with.</summary>
    public string? PromptVersion { get; init; }

    public required IReadOnlyList<EvaluationArm> Arms { get; init; }

    /// <summary>Candidate minus reference, example by example.</summary>
    public required IReadOnlyList<EvaluationDifference> Differences { get; init; }

    public required EvaluationProbe Probe { get; init; }

    /// <summary>promote, reject or inconclusive.</summary>
    public required string Verdict { get; init; }

    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>A few questions with the answers of both sides.</summary>
    public IReadOnlyList<EvaluationPair> Pairs { get; init; } = [];

    /// <summary>The encoder that BERTScore's vectors come from, whose scores compare with no other's; null where there is none.</summary>
    public string? Encoder { get; init; }

    /// <summary>Labels right and wrong, where the answers of a set are a few words that come again and again.</summary>
    public IReadOnlyList<EvaluationLabels> Labels { get; init; } = [];

    /// <summary>Numbers about the run: contexts with the right document, tokens, seconds.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();
}

/// <summary>One arm on one set of questions.</summary>
/// <param name="Name">base, champion, candidate, each also with "+rag".</param>
/// <param name="Model">Exact id.</param>
/// <param name="Set">uncovered (decides), covered, or uncounted.</param>
/// <param name="ExampleCount">Questions scored.</param>
/// <param name="Nll">Mean over examples of the NLL per answer token, in nats.</param>
/// <param name="Perplexity">exp of the token-weighted mean NLL.</param>
/// <param name="WrittenCount">Questions with a written answer; the text metrics are means over these.</param>
/// <param name="Bleu">Of all written answers together, 0 to 100, as sacreBLEU counts.</param>
/// <param name="BertScore">Mean F1 of BERTScore, with <see cref="EvaluationReport.Encoder"/>.</param>
public sealed record EvaluationArm(
    string Name, string Model, bool Retrieval, string Set, int ExampleCount, double Nll, double Perplexity,
    int WrittenCount = 0, double? TokenF1 = null, double? ExactMatch = null, double? RougeL = null, double? SecondsP50 = null, double? SecondsP95 = null,
    double? Bleu = null, double? BertScore = null);

/// <summary>A paired difference with its bootstrap interval.</summary>
/// <param name="Metric">nll, token_f1, bleu (of each answer alone, 0 to 1) or bert_score.</param>
/// <param name="Set">uncovered or covered.</param>
/// <param name="Decides">The gate uses it.</param>
public sealed record EvaluationDifference(
    string Metric, string Set, string Candidate, string Reference, int ExampleCount, double Mean, double Low, double High,
    double Confidence, int Rounds, bool Decides);

/// <summary>General ability before and after.</summary>
/// <param name="Before">Mean NLL per token of the reference.</param>
/// <param name="After">Mean NLL per token of the candidate.</param>
/// <param name="Change">After minus before, with its interval.</param>
/// <param name="Limit">The budget, nats per token.</param>
public sealed record EvaluationProbe(
    int ExampleCount, double Before, double After, double Change, double Low, double High, double Limit);

/// <summary>One question with what both sides wrote.</summary>
public sealed record EvaluationPair(
    string Question, string Reference, string Set, string ChampionAnswer, string CandidateAnswer,
    double ChampionNll, double CandidateNll, double ChampionF1, double CandidateF1);

/// <summary>One arm on one set of questions whose answers are labels.</summary>
/// <param name="Name">The arm.</param>
/// <param name="Set">uncovered, covered or uncounted.</param>
/// <param name="ExampleCount">Written answers judged.</param>
/// <param name="UnlabelledCount">Answers in which no label stands: they are wrong, and counted here, not given to the first label.</param>
/// <param name="Accuracy">Share of right labels.</param>
/// <param name="MacroF1">Plain mean of F1 over labels.</param>
/// <param name="MicroF1">From counts over all labels.</param>
/// <param name="Labels">In alphabetical order, with precision, recall and F1.</param>
/// <param name="Confusion">[true label][predicted label], in the order of <paramref name="Labels"/>.</param>
public sealed record EvaluationLabels(
    string Name, string Set, int ExampleCount, int UnlabelledCount, double Accuracy, double MacroF1, double MicroF1,
    IReadOnlyList<EvaluationLabel> Labels, IReadOnlyList<IReadOnlyList<int>> Confusion);

/// <summary>How well one label is told from the others.</summary>
public sealed record EvaluationLabel(string Label, double Precision, double Recall, double F1, int Support);
