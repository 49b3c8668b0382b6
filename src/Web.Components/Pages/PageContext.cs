using System.Globalization;
using Microsoft.AspNetCore.Http;
using Ratchet.Web.Components.Text;

namespace Ratchet.Web.Components.Pages;

/// <summary>What a page needs to know of its reader: language, colours, where they are, and what time it is.</summary>
public sealed class PageContext
{
    private const string LanguageName = "lang";
    private const string ThemeName = "theme";
    private const string CookiePrefix = "ratchet_";

    public Language Language { get; init; }

    public Theme Theme { get; init; }

    /// <summary>Path of the page without its query.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The query as it came, without language and theme.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; init; } = [];

    public DateTimeOffset Now { get; init; }

    /// <summary>The code for the html element's lang attribute.</summary>
    public string LanguageCode => Language == Language.Chinese ? "zh-Hans" : "en";

    /// <summary>Reads ?lang= and ?theme= (and keeps them in a cookie), then the cookies, then Accept-Language.</summary>
    public static PageContext From(HttpContext http, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(http);
        return new PageContext
        {
            Language = ParseLanguage(Choice(http, LanguageName)) ?? Accepted(http.Request.Headers.AcceptLanguage),
            Theme = Choice(http, ThemeName) switch { "dark" => Theme.Dark, "light" => Theme.Light, _ => Theme.System },
            Path = http.Request.Path.Value is { Length: > 0 } path ? path : "/",
            Query = [.. http.Request.Query
                .Where(pair => pair.Key is not (LanguageName or ThemeName))
                .SelectMany(pair => pair.Value.Select(value => KeyValuePair.Create(pair.Key, value ?? "")))],
            Now = clock.GetUtcNow(),
        };
    }

    public string Say(Phrase phrase) => phrase.In(Language);

    public string Say(Phrase phrase, params object?[] values) => phrase.In(Language, values);

    /// <summary>The address of this page with one parameter set anew, or taken out where it is null.</summary>
    public string With(params (string Name, string? Value)[] changes)
    {
        IEnumerable<KeyValuePair<string, string>> kept = Query.Where(pair => !changes.Any(change => change.Name == pair.Key));
        IEnumerable<KeyValuePair<string, string>> set = changes
            .Where(change => change.Value is not null)
            .Select(change => KeyValuePair.Create(change.Name, change.Value!));
        return Path + QueryString.Create(kept.Concat(set)!).ToUriComponent();
    }

    /// <summary>How long ago, in words.</summary>
    public string Ago(DateTimeOffset time)
    {
        TimeSpan age = Now - time;
        return age.TotalSeconds switch
        {
            < 5 => Say(PartStrings.JustNow),
            < 60 => Say(PartStrings.SecondsAgo, (int)age.TotalSeconds),
            < 3600 => Say(PartStrings.MinutesAgo, (int)age.TotalMinutes),
            < 48 * 3600 => Say(PartStrings.HoursAgo, (int)age.TotalHours),
            _ => Say(PartStrings.DaysAgo, (int)age.TotalDays),
        };
    }

    private static string? Choice(HttpContext http, string name)
    {
        string? asked = http.Request.Query[name];
        if (asked is null)
        {
            return http.Request.Cookies[CookiePrefix + name];
        }

        if (!http.Response.HasStarted)
        {
            http.Response.Cookies.Append(CookiePrefix + name, asked, new CookieOptions
            {
                SameSite = SameSiteMode.Lax,
                Path = "/",
                MaxAge = TimeSpan.FromDays(365),
            });
        }

        return asked;
    }

    private static Language Accepted(string? header)
    {
        var wishes = (header ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split(';', StringSplitOptions.TrimEntries))
            .Select(part => (Language: ParseLanguage(part[0]), Weight: Weight(part)))
            .Where(wish => wish.Language is not null && wish.Weight > 0)
            .OrderByDescending(wish => wish.Weight);
        return wishes.FirstOrDefault().Language ?? Language.English;
    }

    private static double Weight(string[] part) =>
        part.Length > 1 && part[1].StartsWith("q=", StringComparison.Ordinal)
        && double.TryParse(part[1].AsSpan(2), NumberStyles.Float, CultureInfo.InvariantCulture, out double weight) ? weight : 1;

    private static Language? ParseLanguage(string? text) =>
        text is null ? null
        : text.StartsWith("zh", StringComparison.OrdinalIgnoreCase) ? Language.Chinese
        : text.StartsWith("en", StringComparison.OrdinalIgnoreCase) ? Language.English
        : null;
}
