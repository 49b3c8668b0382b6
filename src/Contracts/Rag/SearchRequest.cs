using System.Text.Json;

namespace Ratchet.Contracts.Rag;

/// <summary>Body of POST /v1/search.</summary>
/// <param name="Collection">Absent: all collections.</param>
/// <param name="TopK">Hits wanted; the service's default where absent.</param>
/// <param name="Filter">Metadata that must match: a value, or a list of which one must match.</param>
/// <param name="Mode">"hybrid" (default), "dense" or "keyword".</param>
/// <param name="MmrLambda">Where given, hits are chosen for difference too: 1 is plain relevance, 0 plain difference.</param>
/// <param name="PerDocument">At most so many hits of one document.</param>
/// <param name="Threshold">Overrules the no-answer threshold on the best cosine.</param>
public sealed record SearchRequest(
    string? Query,
    string? Collection = null,
    int? TopK = null,
    IReadOnlyDictionary<string, JsonElement>? Filter = null,
    string? Mode = null,
    double? MmrLambda = null,
    int? PerDocument = null,
    double? Threshold = null);
