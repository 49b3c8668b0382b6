using Microsoft.AspNetCore.Http;
using Ratchet.Web.Components.Pages;

namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>Reads the parameters of a page's address, where every filter stands so that it can be kept and sent on.</summary>
public static class PageQuery
{
    private const int FiltersMax = 16;

    public static string Value(this PageContext context, string name) => context.Query.FirstOrDefault(pair => pair.Key == name).Value ?? "";

    /// <summary>All conditions: those of <c>f</c>, and the one that is just being added by three fields of the form.</summary>
    public static IReadOnlyList<FieldFilter> Filters(this PageContext context)
    {
        IEnumerable<string> given = context.Query.Where(pair => pair.Key == "f").Select(pair => pair.Value);
        if (context.Value("fn").Trim() is { Length: > 0 } name)
        {
            given = given.Append(name + (context.Value("fo") is { Length: > 0 } sign ? sign : "~") + context.Value("fv"));
        }

        return [.. given.Select(FieldFilter.Parse).OfType<FieldFilter>().Distinct().Take(FiltersMax)];
    }

    /// <summary>The address without one of the conditions.</summary>
    public static string Without(this PageContext context, FieldFilter filter)
    {
        IEnumerable<KeyValuePair<string, string?>> kept = context.Query
            .Where(pair => pair.Key is not ("f" or "fn" or "fo" or "fv" or "page"))
            .Concat(context.Filters().Where(one => one != filter).Select(one => KeyValuePair.Create("f", one.ToString())))
            .Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value));
        return context.Path + QueryString.Create(kept).ToUriComponent();
    }
}
