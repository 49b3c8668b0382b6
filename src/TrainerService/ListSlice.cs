using Ratchet.Contracts.OpenAI;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.TrainerService;

/// <summary>Cuts OpenAI's pages out of ordered lists.</summary>
public static class ListSlice
{
    /// <summary>The items after the one named, at most <paramref name="limit"/>.</summary>
    /// <param name="items">All, in the order of the answer.</param>
    /// <param name="id">The id of an item.</param>
    /// <param name="after">Id of the last item of the page before; null for the first page.</param>
    /// <param name="limit">From 1 to <paramref name="limitMax"/>.</param>
    /// <param name="limitMax">The route's largest page.</param>
    /// <param name="ends">Whether the answer names its first and last id: some of OpenAI's lists do.</param>
    public static ListResponse<T> Of<T>(
        IEnumerable<T> items, Func<T, string> id, string? after, int limit, int limitMax = 100, bool ends = false)
    {
        if (limit < 1 || limit > limitMax)
        {
            throw ApiException.BadField("limit", $"limit is {limit}; a whole number from 1 to {limitMax} is needed.");
        }

        var found = new List<T>();
        bool started = string.IsNullOrEmpty(after);
        foreach (T item in items)
        {
            if (started)
            {
                found.Add(item);
                if (found.Count > limit)
                {
                    break;
                }
            }
            else
            {
                started = id(item) == after;
            }
        }

        if (!started)
        {
            throw ApiException.BadField("after", $"There is no '{after}' in this list. Start again without 'after'.");
        }

        bool more = found.Count > limit;
        List<T> page = more ? found[..limit] : found;
        return new ListResponse<T>
        {
            Data = page,
            FirstId = ends && page.Count > 0 ? id(page[0]) : null,
            LastId = ends && page.Count > 0 ? id(page[^1]) : null,
            HasMore = more,
        };
    }
}
