using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Ratchet.Hosting.Embedded.Tests;

/// <summary>The host as a program of its own: what it prints, and what it leaves behind.</summary>
public sealed partial class HostProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_console_says_what_people_and_tools_look_for()
    {
        await using HostProgram host = await HostProgram.StartAsync();

        Assert.Contains("Distributed application starting.", host.Output, StringComparison.Ordinal);
        Assert.Matches(@"Now listening on: http://localhost:\d+\n", host.Output);
        Assert.Matches(@"Login to the dashboard at http://localhost:\d+/login\?t=[0-9a-f]{32}\n", host.Output);
        Assert.Contains("Distributed application started. Press Ctrl+C to shut down.", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killing_the_host_leaves_no_child_and_no_grandchild()
    {
        await using HostProgram host = await HostProgram.StartAsync();
        int[] children = [await host.PidAsync("first"), await host.PidAsync("second"), await host.SpawnAsync("first")];
        Assert.All(children, child => Assert.True(ProcessTable.IsAlive(child)));

        // SIGKILL: the host gets no chance to clean up.
        host.Process.Kill();

        foreach (int child in children)
        {
            Assert.True(await ProcessTable.EndsAsync(child, Patience));
        }
    }

    [Fact]
    public async Task A_terminated_host_stops_its_services_and_exits_with_0()
    {
        await using HostProgram host = await HostProgram.StartAsync();
        int[] children = [await host.PidAsync("first"), await host.PidAsync("second"), await host.SpawnAsync("second")];

        using (var kill = Process.Start("kill", ["-TERM", host.Process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await host.Process.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(0, host.Process.ExitCode);
        foreach (int child in children)
        {
            Assert.True(await ProcessTable.EndsAsync(child, Patience));
        }
    }

    [Fact]
    public async Task A_second_host_takes_the_next_free_ports()
    {
        await using HostProgram one = await HostProgram.StartAsync();
        await using HostProgram other = await HostProgram.StartAsync();

        Assert.NotEqual(await one.PidAsync("first"), await other.PidAsync("first"));
    }

    [Fact]
    public async Task The_dashboard_lets_in_who_has_the_token_and_nobody_else()
    {
        await using HostProgram host = await HostProgram.StartAsync();
        string login = LoginUrl().Match(host.Output).Value;
        var dashboard = new Uri(new Uri(login).GetLeftPart(UriPartial.Authority));

        using var stranger = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = dashboard };
        using HttpResponseMessage turnedAway = await stranger.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, turnedAway.StatusCode);
        Assert.Equal("/login", turnedAway.Headers.Location!.OriginalString);
        Assert.Contains("token. It is new at every start", await ReadAsync(stranger, "/login?t=wrong"), StringComparison.Ordinal);

        using var friend = new HttpClient { BaseAddress = dashboard };
        string page = await ReadAsync(friend, login);
        Assert.Contains("Running, healthy", page, StringComparison.Ordinal);
        string detail = await ReadAsync(friend, "/?resource=first");
        Assert.Contains("SAMPLE_KEY", detail, StringComparison.Ordinal);
        Assert.Contains("********", detail, StringComparison.Ordinal);
        IHtmlDocument log = await new HtmlParser().ParseDocumentAsync(await ReadAsync(friend, "/consolelogs/resource/first"));
        Assert.Contains(log.QuerySelectorAll(".console li:not(.bad) > span"), line => line.TextContent == "sample out");
        Assert.Contains(log.QuerySelectorAll(".console li.bad > span"), line => line.TextContent == "sample error");

        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "evil.example" } };
        using HttpResponseMessage refused = await friend.SendAsync(rebound);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Telemetry_needs_the_key_that_services_are_given()
    {
        await using HostProgram host = await HostProgram.StartAsync();
        using var client = new HttpClient();
        Dictionary<string, string> given = (await client.GetFromJsonAsync<Dictionary<string, string>>(
            new Uri(await host.UrlAsync("first"), "environment")))!;

        Assert.Equal("http/protobuf", given["OTEL_EXPORTER_OTLP_PROTOCOL"]);
        var traces = new Uri($"{given["OTEL_EXPORTER_OTLP_ENDPOINT"]}/v1/traces");
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(client, traces, "wrong"));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, traces, given["OTEL_EXPORTER_OTLP_HEADERS"]["x-otlp-api-key=".Length..]));
    }

    private static async Task<HttpStatusCode> PostAsync(HttpClient client, Uri uri, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new ByteArrayContent([]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        request.Headers.Add("x-otlp-api-key", key);
        using HttpResponseMessage response = await client.SendAsync(request);
        return response.StatusCode;
    }

    private static Task<string> ReadAsync(HttpClient client, string path) => client.GetStringAsync(new Uri(path, UriKind.RelativeOrAbsolute));

    [GeneratedRegex(@"http://localhost:\d+/login\?t=[0-9a-f]+")]
    private static partial Regex LoginUrl();
}
