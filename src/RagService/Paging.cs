using Ratchet.Contracts.OpenAI;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService;

/// <summary>Pages of lists, as OpenAI's: `limit`, `after` (an id), `has_more`.</summary>
internal static class Paging
{
    public const int LimitMax = 1000;
    private const int LimitDefault = 50;

    public static int Limit(int? given) => given switch
    {
        null => LimitDefault,
        >= 1 and <= LimitMax => given.Value,
        _ => throw ApiException.BadField("limit", $"The limit is {given}; it can be 1 to {LimitMax}."),
    };

    /// <param name="found">One more than the limit where there is more.</param>
    /// <param name="limit">How many the page may have.</param>
    /// <param name="idOf">The id of a record.</param>
    public static ListResponse<T> Page<T>(IReadOnlyList<T> found, int limit, Func<T, string> idOf)
    {
        bool hasMore = found.Count > limit;
        IReadOnlyList<T> data = hasMore ? [.. found.Take(limit)] : found;
        return new ListResponse<T>
        {
            Data = data,
            HasMore = hasMore,
            FirstId = data.Count > 0 ? idOf(data[0]) : null,
            LastId = data.Count > 0 ? idOf(data[^1]) : null,
        };
    }
}
