using Qdrant.Client.Grpc;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>One question as queries of one batch: by meaning, by words, and where the server fuses the fusion of both.</summary>
/// <remarks>
/// The first two are asked for in any case: a hit says its rank and score in each, and whether there is an answer is judged by
/// the best of them. The server's formula for a point at rank r of a ranking with weight w is 1 / (r / w + k - 1), ranks from 1;
/// ours is w / (k + r). With w = 1 and its k one more than ours both are the same number; with other weights they are not.
/// </remarks>
internal sealed class HybridRequest
{
    /// <summary>The first version whose fusion takes weights; one before it leaves them out without a word.</summary>
    public static readonly Version VersionOfWeights = new(1, 17);

    private readonly string _collection;
    private readonly HybridQuery _query;
    private readonly ulong _limit;
    private readonly Filter? _filter;
    private readonly SearchParams? _exact;

    public HybridRequest(string collection, HybridQuery query, int limit, ChunkFilter filter, bool isExact)
    {
        _collection = collection;
        _query = query;
        _limit = (ulong)limit;
        _filter = QdrantPoints.FilterOf(filter);
        _exact = isExact ? new SearchParams { Exact = true } : null;
    }

    public IReadOnlyList<QueryPoints> Queries(bool isFusing, Version server)
    {
        Query meaning = QdrantPoints.Unit(_query.Vector.Span);
        Query words = SparseWords.OfQuestion(_query.Words);
        QueryPoints[] rankings = [Ranking(meaning, null), Ranking(words, SparseWords.VectorName)];
        return isFusing ? [.. rankings, Fusion(meaning, words, server)] : rankings;
    }

    private QueryPoints Ranking(Query query, string? vectorName)
    {
        var ranking = new QueryPoints { CollectionName = _collection, Query = query, Limit = _limit, WithPayload = true };
        if (_filter is not null)
        {
            ranking.Filter = _filter;
        }

        if (vectorName is not null)
        {
            ranking.Using = vectorName;
        }
        else if (_exact is not null)
        {
            ranking.Params = _exact;
        }

        return ranking;
    }

    private QueryPoints Fusion(Query meaning, Query words, Version server)
    {
        var rule = new Rrf { K = (uint)Math.Round(_query.RankConstant) + 1 };
        if (server >= VersionOfWeights)
        {
            rule.Weights.Add((float)_query.MeaningWeight);
            rule.Weights.Add((float)_query.WordsWeight);
        }

        // Twice as deep as the rankings: what stands in either is in the fusion.
        var fusion = new QueryPoints { CollectionName = _collection, Query = rule, Limit = 2 * _limit, WithPayload = true };
        fusion.Prefetch.Add(Part(meaning, null));
        fusion.Prefetch.Add(Part(words, SparseWords.VectorName));
        return fusion;
    }

    private PrefetchQuery Part(Query query, string? vectorName)
    {
        var part = new PrefetchQuery { Query = query, Limit = _limit };
        if (_filter is not null)
        {
            part.Filter = _filter;
        }

        if (vectorName is not null)
        {
            part.Using = vectorName;
        }
        else if (_exact is not null)
        {
            part.Params = _exact;
        }

        return part;
    }
}
