using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Tests;

namespace Ratchet.SemanticKernel.Plugins.Tests;

public sealed class RatchetPluginsTests
{
    private const string Adapter = "ft:tiny-base:ratchet:one:job1";

    [Fact]
    public async Task A_model_finds_what_the_gateway_knows_by_automatic_function_calling()
    {
        using GatewayUnderTest gateway = Gateway();
        gateway.Upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(true, ("c1", "d1", "Hours", "We open at nine.")));
        var model = new ScriptedModel("search", new() { ["query"] = "opening hours", ["collection"] = "shop" });

        string answer = await AskAsync(gateway, model, new RatchetOptions());

        Assert.Equal("The function said: [d1] Hours\nWe open at nine.\n", answer.ReplaceLineEndings("\n"));
        JsonObject sent = gateway.Upstream.Last("rag", "/v1/search").Json;
        Assert.Equal(("opening hours", "shop", 3), ((string?)sent["query"], (string?)sent["collection"], (int)sent["top_k"]!));
        Assert.Equal(5, model.Offered.Count);
        Assert.All(model.Offered, tool => Assert.NotEmpty(tool.Description));
    }

    [Fact]
    public async Task A_question_is_answered_with_its_sources()
    {
        using GatewayUnderTest gateway = Gateway();
        gateway.Upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(true, ("c1", "d1", "Hours", "We open at nine.")));
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => FakeUpstream.Completion(request, "We open at nine."));
        Kernel kernel = Kernel(gateway, new RatchetOptions());

        string? answer = await kernel.InvokeAsync<string>("knowledge", "ask", new KernelArguments { ["question"] = "When do you open?" });

        Assert.Equal("We open at nine.\nSources: Hours <http://localhost/knowledge/d1#c1>", answer);
    }

    [Fact]
    public async Task A_document_is_named_with_its_link()
    {
        using GatewayUnderTest gateway = Gateway();
        gateway.Upstream.On("rag", "GET /v1/documents/d1", _ => FakeUpstream.Json(new { id = "d1", key = "hours", title = "Hours" }));

        string? source = await Kernel(gateway, new RatchetOptions()).InvokeAsync<string>("knowledge", "cite", new KernelArguments { ["document"] = "[d1]" });

        Assert.Equal("Hours <http://localhost/knowledge/d1>", source);
    }

    [Fact]
    public async Task What_changes_things_is_offered_only_where_allowed()
    {
        using GatewayUnderTest gateway = Gateway();
        Kernel careful = Kernel(gateway, new RatchetOptions());
        Kernel bold = Kernel(gateway, new RatchetOptions { AllowChanges = true });
        gateway.Upstream.On("trainer", "PUT /v1/aliases/latest", _ => FakeUpstream.Json(Alias(Adapter, 5)));
        gateway.Upstream.On("trainer", "GET /v1/aliases", _ => FakeUpstream.Json(new { data = new[] { Alias("ft:tiny-base:ratchet:one:job0", 4) } }));

        string? moved = await bold.InvokeAsync<string>("trainer", "promote", new KernelArguments { ["adapter"] = Adapter, ["reason"] = "measured" });

        Assert.Equal(["list_adapters", "status"], careful.Plugins["trainer"].Select(function => function.Name).Order());
        Assert.Equal($"{Adapter} serves as 'latest', version 5 now.", moved);
        Assert.Equal(4, (int)gateway.Upstream.Last("trainer", "/v1/aliases/latest").Json["expected_version"]!);
    }

    [Fact]
    public async Task The_trainer_tells_what_serves_and_what_runs()
    {
        using GatewayUnderTest gateway = Gateway();
        gateway.Upstream.On("trainer", "GET /v1/aliases", _ => FakeUpstream.Json(new { data = new[] { Alias(Adapter, 2) } }));
        gateway.Upstream.On("rag", "GET /v1/knowledge/stats", _ => FakeUpstream.Json(new { ready_to_seal = 12 }));
        gateway.Upstream.On("trainer", "GET /v1/cycles", _ => FakeUpstream.Json(new { data = new[] { new { id = "cycle-1", status = "running", step = "train" } } }));
        gateway.Upstream.On("trainer", "GET /v1/adapters", _ => FakeUpstream.Json(new { data = new[] { new { id = Adapter, verdict = "promote", aliases = new[] { "latest" } } } }));
        Kernel kernel = Kernel(gateway, new RatchetOptions());

        string? status = await kernel.InvokeAsync<string>("trainer", "status");
        string? adapters = await kernel.InvokeAsync<string>("trainer", "list_adapters");

        Assert.Equal(
            $"{Adapter} serves as 'latest', version 2.\n12 approved examples wait for the next cycle.\nCycle cycle-1: running, step train.\n",
            status!.ReplaceLineEndings("\n"));
        Assert.Equal($"{Adapter}: verdict promote; held by latest", adapters);
    }

    [Fact]
    public async Task A_key_of_too_low_a_role_is_told_so_and_no_key_at_all_too()
    {
        (string key, string hash) = KeyRing.Make();
        using GatewayUnderTest gateway = Gateway(new()
        {
            ["Gateway:RequireKeys"] = "true",
            ["Gateway:Keys:0:Name"] = "someone",
            ["Gateway:Keys:0:Role"] = "reader",
            ["Gateway:Keys:0:Hash"] = hash,
        });
        gateway.Upstream.On("trainer", "GET /v1/aliases", _ => FakeUpstream.Json(new { data = new[] { Alias(Adapter, 2) } }));
        Kernel reader = Kernel(gateway, new RatchetOptions { Key = key, AllowChanges = true });
        Kernel stranger = Kernel(gateway, new RatchetOptions());

        string? refused = await reader.InvokeAsync<string>("trainer", "roll_back", new KernelArguments { ["reason"] = "worse" });
        string? unknown = await stranger.InvokeAsync<string>("trainer", "status");

        Assert.StartsWith("Not done: ", refused, StringComparison.Ordinal);
        Assert.Contains("wants the role operator", refused, StringComparison.Ordinal);
        Assert.Contains("needs a key", unknown, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Upstream.Seen, request => request.Method == "POST");
    }

    [Fact]
    public async Task What_is_no_gateway_and_what_is_away_is_said_in_words()
    {
        using var strange = new Answering(_ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>") });
        using var away = new Answering(_ => throw new HttpRequestException("Connection refused"));

        string? page = await Add(new RatchetOptions { Handler = strange }).InvokeAsync<string>("trainer", "list_adapters");
        string? gone = await Add(new RatchetOptions { Handler = away }).InvokeAsync<string>("trainer", "list_adapters");

        Assert.Contains("Is this the address of a Ratchet gateway?", page, StringComparison.Ordinal);
        Assert.Contains("cannot be reached: Connection refused", gone, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("ftp://localhost")]
    public void An_address_that_is_none_is_refused(string address) =>
        Assert.Contains("http://localhost:5380", Assert.Throws<ArgumentException>(() => new Kernel().Plugins.AddRatchet(address)).Message, StringComparison.Ordinal);

    private static GatewayUnderTest Gateway(Dictionary<string, string>? settings = null)
    {
        var gateway = new GatewayUnderTest { Settings = settings ?? [] };
        gateway.CreateClient().Dispose();
        return gateway;
    }

    private static Kernel Kernel(GatewayUnderTest gateway, RatchetOptions options)
    {
        options.Handler = gateway.Server.CreateHandler();
        return Add(options);
    }

    private static Kernel Add(RatchetOptions options)
    {
        var kernel = new Kernel();
        kernel.Plugins.AddRatchet(new Uri("http://localhost"), options);
        return kernel;
    }

    private static async Task<string> AskAsync(GatewayUnderTest gateway, ScriptedModel model, RatchetOptions options)
    {
        options.Handler = gateway.Server.CreateHandler();
        IKernelBuilder builder = Microsoft.SemanticKernel.Kernel.CreateBuilder();
        builder.Services.AddSingleton(new ChatClientBuilder(model).UseKernelFunctionInvocation().Build().AsChatCompletionService());
        Kernel kernel = builder.Build();
        kernel.Plugins.AddRatchet(new Uri("http://localhost"), options);
        ChatMessageContent answer = await kernel.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync(
            "When do you open?", new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() }, kernel);
        return answer.Content!;
    }

    private static object Alias(string adapter, int version) => new { name = "latest", adapter, version, updated_at = 1 };

    private sealed class Answering(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer(request));
    }
}
