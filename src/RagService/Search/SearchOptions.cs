using System.ComponentModel.DataAnnotations;
using Ratchet.RagService.Index;

namespace Ratchet.RagService.Search;

/// <summary>How questions are matched, from the section "Search". Checked when the service starts.</summary>
internal sealed record SearchOptions
{
    public const string Section = "Search";

    /// <summary>Hits where the request does not say.</summary>
    [Range(1, TopKMax)]
    public int TopK { get; init; } = 5;

    public const int TopKMax = 100;

    /// <summary>How deep each of the two rankings is read before they are fused.</summary>
    [Range(10, 1000)]
    public int Candidates { get; init; } = 50;

    /// <summary>Weight of the ranking by meaning in the fusion.</summary>
    [Range(0, 10)]
    public double DenseWeight { get; init; } = 1;

    /// <summary>The same for a question in a language that the encoder does not know.</summary>
    [Range(0, 10)]
    public double DenseWeightUnknownLanguage { get; init; } = 0.2;

    /// <summary>Weight of the ranking by words. In English it mends what the encoder misses: names and numbers.</summary>
    [Range(0, 10)]
    public double KeywordWeight { get; init; } = 0.5;

    /// <summary>Which BM25 ranks by words.</summary>
    [EnumDataType(typeof(KeywordScoring))]
    public KeywordScoring KeywordScoring { get; init; }

    /// <summary>The k of reciprocal rank fusion. Below the paper's 60: two passages go into a prompt, so first places count.</summary>
    [Range(1, 1000)]
    public double RankConstant { get; init; } = 10;

    /// <summary>A best cosine from here up means that the knowledge holds an answer, whatever the words.</summary>
    [Range(-1, 1)]
    public double AnswerableSimilarity { get; init; } = 0.4;

    /// <summary>From here up it does if the question's rarer words are there too.</summary>
    [Range(-1, 1)]
    public double AnswerableSimilarityWithWords { get; init; } = 0.35;

    /// <summary>The share of the question's words, rare ones weighing more, that counts as "there too".</summary>
    [Range(0, 1)]
    public double AnswerableCoverage { get; init; } = 0.2;

    /// <summary>The same for a question in a language that the encoder does not know, where words are all there is.</summary>
    [Range(0, 1)]
    public double AnswerableCoverageAlone { get; init; } = 0.45;
}
