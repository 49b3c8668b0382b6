using Microsoft.AspNetCore.Http;
using Ratchet.Web.Components.Pages;
using Ratchet.Web.Components.Text;

namespace Ratchet.Web.Components.Tests.Pages;

public sealed class PageContextTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, null, null, Language.English)]
    [InlineData("zh", null, "en", Language.Chinese)]
    [InlineData(null, "zh", "en", Language.Chinese)]
    [InlineData("en", "zh", "zh-CN", Language.English)]
    [InlineData(null, null, "zh-CN,zh;q=0.9,en;q=0.8", Language.Chinese)]
    [InlineData(null, null, "fr,en;q=0.7,zh;q=0.3", Language.English)]
    [InlineData(null, null, "fr", Language.English)]
    [InlineData("klingon", null, "zh", Language.Chinese)]
    public void The_address_wins_over_the_cookie_and_the_cookie_over_the_browser(string? asked, string? kept, string? accepted, Language expected)
    {
        DefaultHttpContext http = Http(asked is null ? "" : "?lang=" + asked);
        if (kept is not null)
        {
            http.Request.Headers.Cookie = "ratchet_lang=" + kept;
        }

        http.Request.Headers.AcceptLanguage = accepted;

        Assert.Equal(expected, PageContext.From(http, new Clock()).Language);
        Assert.Equal(asked is not null, http.Response.Headers.SetCookie.ToString().Contains("ratchet_lang", StringComparison.Ordinal));
    }

    [Fact]
    public void The_colours_are_kept_and_an_address_can_be_changed_in_one_place()
    {
        DefaultHttpContext http = Http("?theme=dark&q=a%20b&page=3");
        var context = PageContext.From(http, new Clock());

        Assert.Equal(Theme.Dark, context.Theme);
        Assert.Equal("/list?q=a%20b&page=4", context.With(("page", "4")));
        Assert.Equal("/list?q=a%20b", context.With(("page", null)));
    }

    [Theory]
    [InlineData(2, "just now")]
    [InlineData(42, "42 s ago")]
    [InlineData(180, "3 min ago")]
    [InlineData(7200, "2 h ago")]
    [InlineData(300000, "3 d ago")]
    public void Times_are_told_in_words(int seconds, string words) =>
        Assert.Equal(words, PageContext.From(Http(""), new Clock()).Ago(Now.AddSeconds(-seconds)));

    private static DefaultHttpContext Http(string query)
    {
        var http = new DefaultHttpContext();
        http.Request.Path = "/list";
        http.Request.QueryString = new QueryString(query);
        return http;
    }

    private sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
