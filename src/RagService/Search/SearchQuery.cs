using Ratchet.Contracts.Rag;
using Ratchet.RagService.Ports;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Search;

/// <summary>A search request that has been checked.</summary>
internal sealed record SearchQuery(
    string Text, int TopK, ChunkFilter Filter, string Mode, double? MmrLambda, int? PerDocument, double? Threshold)
{
    public const string Hybrid = "hybrid";
    public const string Dense = "dense";
    public const string Keyword = "keyword";

    private const int LengthMax = 20_000;

    public static SearchQuery Read(SearchRequest request, SearchOptions search, RagOptions rag)
    {
        string text = request.Query?.Trim() ?? "";
        if (text.Length is 0 or > LengthMax)
        {
            throw ApiException.BadField(
                "query", $"The query has {text.Length:N0} characters; 1 to {LengthMax:N0} are taken.");
        }

        if (request.TopK is < 1 or > SearchOptions.TopKMax)
        {
            throw ApiException.BadField("top_k", $"top_k is {request.TopK}; it can be 1 to {SearchOptions.TopKMax}.");
        }

        if (request.MmrLambda is < 0 or > 1 or double.NaN)
        {
            throw ApiException.BadField("mmr_lambda", $"mmr_lambda is {request.MmrLambda}; it can be 0 to 1.");
        }

        if (request.PerDocument is < 1)
        {
            throw ApiException.BadField("per_document", $"per_document is {request.PerDocument}; it must be at least 1.");
        }

        return new SearchQuery(
            text,
            request.TopK ?? search.TopK,
            FilterReader.Read(request.Collection, request.Filter, rag),
            Names.OneOf("mode", request.Mode ?? Hybrid, [Hybrid, Dense, Keyword]),
            request.MmrLambda,
            request.PerDocument,
            request.Threshold);
    }
}
