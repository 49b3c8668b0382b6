using System.Net;
using Microsoft.Extensions.Configuration;
using Ratchet.ServiceDefaults.Infrastructure.EmbeddedStack;

namespace Ratchet.ServiceDefaults.Tests.EmbeddedStack;

public sealed class DiscoveryTests
{
    private readonly ServiceAddresses _addresses = new(Settings(new()
    {
        ["services:rag:http:0"] = "http://localhost:5381",
        ["services:rag:http:1"] = "http://localhost:6381",
        ["services:inference:http:0"] = "http://localhost:5383",
        ["services:inference:http:1"] = "http://localhost:6383",
        ["services:inference:http:2"] = "http://localhost:7383",
        ["services:safe:https:0"] = "https://localhost:7001",
        ["services:safe:http:0"] = "http://localhost:7000",
    }));

    [Fact]
    public void Each_name_takes_its_own_turns_whatever_is_asked_between()
    {
        var rag = new List<int>();
        var inference = new List<int>();
        for (int i = 0; i < 6; i++)
        {
            rag.Add(_addresses.Resolve(new Uri("http://rag/v1/search?a=1"))!.Port);
            inference.Add(_addresses.Resolve(new Uri("http://inference/"))!.Port);
        }

        Assert.Equal([5381, 6381, 5381, 6381, 5381, 6381], rag);
        Assert.Equal([5383, 6383, 7383, 5383, 6383, 7383], inference);
    }

    [Fact]
    public void Only_the_address_changes_and_an_unknown_name_stays()
    {
        Assert.Equal("/v1/search?a=1", _addresses.Resolve(new Uri("http://rag/v1/search?a=1"))!.PathAndQuery);
        Assert.Null(_addresses.Resolve(new Uri("http://elsewhere/")));
    }

    [Fact]
    public void Either_scheme_means_the_safe_one_where_there_is_one()
    {
        Assert.Equal("https://localhost:7001/x", _addresses.Resolve(new Uri("https+http://safe/x"))!.ToString());
        Assert.Equal("http", _addresses.Resolve(new Uri("https+http://rag/x"))!.Scheme);
    }

    [Fact]
    public async Task A_repeated_call_goes_to_the_next_address()
    {
        var seen = new List<Uri>();
        var away = new Answering(request =>
        {
            seen.Add(request.RequestUri!);
            return new HttpResponseMessage(seen.Count < 3 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
        });
        using var client = new HttpClient(new ResilienceHandler(TimeProvider.System)
        {
            InnerHandler = new DiscoveryHandler(new ServiceAddresses(Settings(new()
            {
                ["services:rag:http:0"] = "http://one:1",
                ["services:rag:http:1"] = "http://two:2",
            })))
            { InnerHandler = away },
        });

        HttpResponseMessage answer = await client.GetAsync(new Uri("http://rag/x"));
        HttpResponseMessage posted = await client.PostAsync(new Uri("http://rag/y"), new StringContent("once"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        Assert.Equal(["http://one:1/x", "http://two:2/x", "http://one:1/x", "http://two:2/y"], seen.Select(uri => uri.ToString()));
    }

    [Fact]
    public async Task What_changes_something_is_sent_once()
    {
        int calls = 0;
        using var client = new HttpClient(new ResilienceHandler(TimeProvider.System)
        {
            InnerHandler = new Answering(_ =>
            {
                calls++;
                return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            }),
        });

        HttpResponseMessage answer = await client.PostAsync(new Uri("http://rag/y"), new StringContent("once"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), (answer.StatusCode, calls));
    }

    private static IConfigurationRoot Settings(Dictionary<string, string?> settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings).Build();

    private sealed class Answering(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer(request));
    }
}
