using Microsoft.AspNetCore.Http.HttpResults;
using Ratchet.Web.Components.Pages;

namespace Ratchet.Gateway.Pages;

/// <summary>Answers with a page rendered on the server.</summary>
public static class PageResult
{
    public static RazorComponentResult Of<TPage, TView>(HttpContext http, TView view, int status = StatusCodes.Status200OK)
        where TPage : PageOf<TView>
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Response.Headers.CacheControl = "no-store";
        var parameters = new Dictionary<string, object?>
        {
            [nameof(PageOf<TView>.Context)] = Reader(http),
            [nameof(PageOf<TView>.View)] = view,
        };
        return new RazorComponentResult(typeof(TPage), parameters) { StatusCode = status, PreventStreamingRendering = true };
    }

    /// <summary>Who reads: language, colours, place.</summary>
    public static PageContext Reader(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return PageContext.From(http, http.RequestServices.GetRequiredService<TimeProvider>());
    }

    /// <summary>After a change: back to a page by GET, with a word on what was done.</summary>
    public static RedirectHttpResult Done(string path, string notice) =>
        TypedResults.LocalRedirect($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}done={notice}");
}
