using AngleSharp.Html.Dom;

namespace Ratchet.Gateway.Tests.Pages;

/// <summary>The Modelfile on the page of an adapter.</summary>
public sealed class ModelfilePageTests
{
    // F40: only where it is loaded, so that looking at a page loads nothing.
    [Fact]
    public async Task An_adapters_page_shows_the_modelfile_while_it_is_loaded()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        gateway.Upstream.On("inference", "POST /api/show", _ => FakeUpstream.Json(new
        {
            modelfile = "FROM /models/tiny.gguf\nADAPTER /adapters/shop\n",
            parameters = "",
            details = new { parent_model = "tiny-base", format = "gguf", family = "llama", families = new[] { "llama" }, parameter_size = "1.0M", quantization_level = "F32" },
            model_info = new { },
            capabilities = new[] { "completion" },
            modified_at = "2026-01-01T00:00:00+00:00",
        }));
        HttpClient client = Fixtures.Browser(gateway);

        gateway.Upstream.On("inference", "GET /v1/models", _ => FakeUpstream.Json(Fixtures.List(FakeUpstream.Card("tiny-base", null))));
        IHtmlDocument without = await PageTests.PageAsync(client, "/adapters/" + Fixtures.Adapter);
        bool wasAsked = gateway.Upstream.Seen.Any(request => request.Path == "/api/show");
        gateway.Upstream.On("inference", "GET /v1/models", _ => FakeUpstream.Json(Fixtures.List(
            FakeUpstream.Card("tiny-base", null), FakeUpstream.Card(Fixtures.Adapter, "tiny-base"))));
        IHtmlDocument with = await PageTests.PageAsync(client, "/adapters/" + Fixtures.Adapter);

        Assert.False(wasAsked);
        Assert.Empty(without.QuerySelectorAll("pre"));
        Assert.Contains("ADAPTER /adapters/shop", with.QuerySelector("details pre")!.TextContent, StringComparison.Ordinal);
    }
}
