using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Http;
using Ratchet.TestKit.Servers;
using Ratchet.TrainerService.Infrastructure.Http;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Tests.Infrastructure;

/// <summary>Adapters on one or several servers that speak vLLM's protocol.</summary>
public sealed class InferenceServerTests : IDisposable
{
    private const string Id = "ft:tiny:ratchet:shop:ftjob-1";

    private readonly ServersByHost _network = new();
    private readonly FakeVllm _first = new("tiny") { HasFolder = path => path == "/mnt/ratchet/adapters/one" };
    private readonly FakeVllm _second = new("tiny") { HasFolder = path => path == "/mnt/ratchet/adapters/one" };

    public void Dispose()
    {
        _network.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task An_adapter_is_loaded_listed_and_asked_for_a_first_token_on_every_server()
    {
        InferenceServer server = Create();

        await server.LoadAsync(Id, "/data/trainer/adapters/one", default);
        await server.LoadAsync(Id, "/data/trainer/adapters/one", default);

        Assert.Equal("/mnt/ratchet/adapters/one", _first.Loaded[Id]);
        Assert.Equal("/mnt/ratchet/adapters/one", _second.Loaded[Id]);
        Assert.Equal(1, _first.Seen.Count(seen => seen.Route == "POST /v1/load_lora_adapter"));
        Assert.Contains(_first.Seen, seen => seen.Route == "POST /v1/completions" && seen.Body.Contains("\"max_tokens\":1", StringComparison.Ordinal));
        Assert.Equal([new ServedAdapter(Id, true)], await server.ListAsync(default));
    }

    [Fact]
    public async Task The_servers_get_their_key_and_never_ours()
    {
        _first.ApiKey = _second.ApiKey = "sk-vllm";

        await Create(("Serving:ApiKey", "sk-vllm"), ("Ratchet:ServiceKey", "ours")).LoadAsync(Id, "/data/trainer/adapters/one", default);

        Assert.All(_network.Headers, seen => Assert.False(seen.Headers.ContainsKey(ServiceKey.Header)));
        Assert.All(_network.Headers, seen => Assert.Equal("Bearer sk-vllm", seen.Headers["Authorization"]));
    }

    [Fact]
    public async Task A_server_that_is_away_is_left_out_and_given_what_it_lacks_when_it_is_back()
    {
        InferenceServer server = Create();
        _second.IsAway = true;

        await server.LoadAsync(Id, "/data/trainer/adapters/one", default);
        IReadOnlyList<ServedAdapter> meanwhile = await server.ListAsync(default);
        _second.IsAway = false;
        IReadOnlyList<ServedAdapter> back = await server.ListAsync(default);
        await server.LoadAsync(Id, "/data/trainer/adapters/one", default);

        Assert.Equal([new ServedAdapter(Id, true)], meanwhile);
        Assert.Equal([new ServedAdapter(Id, false)], back);
        Assert.True(_second.Loaded.ContainsKey(Id));
    }

    [Fact]
    public async Task Where_no_server_answers_the_move_has_to_wait()
    {
        _first.IsAway = _second.IsAway = true;

        ApiException refusal = await Assert.ThrowsAsync<ApiException>(() => Create().LoadAsync(Id, "/data/trainer/adapters/one", default));

        Assert.Equal((503, "inference_unavailable"), (refusal.Status, refusal.Code));
    }

    [Theory]
    [InlineData("folder", "Serving:Paths must say so")]
    [InlineData("rank", "--max-lora-rank")]
    [InlineData("routes", "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True")]
    [InlineData("key", "Serving:ApiKey")]
    [InlineData("use", "answered 500 to the first request")]
    public async Task What_one_server_refuses_is_not_loaded_and_says_what_to_do(string fault, string words)
    {
        switch (fault)
        {
            case "folder":
                _second.HasFolder = _ => false;
                break;
            case "rank":
                _second.RankMax = 4;
                break;
            case "routes":
                _second.TakesAdapters = false;
                break;
            case "key":
                _second.ApiKey = "another";
                break;
            default:
                _second.FailsAtFirstUse = true;
                break;
        }

        ApiException refusal = await Assert.ThrowsAsync<ApiException>(() => Create().LoadAsync(Id, "/data/trainer/adapters/one", default));

        Assert.Equal(502, refusal.Status);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("gpu-1", refusal.Message, StringComparison.Ordinal);
        Assert.False(_second.Loaded.ContainsKey(Id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_words_of_old_and_new_servers_are_passed_on(bool isOld)
    {
        _first.IsOld = _second.IsOld = isOld;
        _first.RankMax = _second.RankMax = 2;

        ApiException refusal = await Assert.ThrowsAsync<ApiException>(() => Create().LoadAsync(Id, "/data/trainer/adapters/one", default));

        Assert.Contains(": LoRA rank 8 is greater than max_lora_rank 2.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_unloaded_is_gone_everywhere_and_again_is_fine()
    {
        InferenceServer server = Create();
        await server.LoadAsync(Id, "/data/trainer/adapters/one", default);

        await server.UnloadAsync(Id, default);
        await server.UnloadAsync(Id, default);

        Assert.Empty(await server.ListAsync(default));
    }

    private InferenceServer Create(params (string Name, string Value)[] more)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Configuration["Serving:Urls:0"] = "http://gpu-0:8000";
        builder.Configuration["Serving:Urls:1"] = "http://gpu-1:8000";
        builder.Configuration["Serving:Paths:0:From"] = "/data/trainer/";
        builder.Configuration["Serving:Paths:0:To"] = "/mnt/ratchet";
        builder.Configuration["Ratchet:Data"] = Directory.CreateTempSubdirectory("serving-test-").FullName;
        foreach ((string name, string value) in more)
        {
            builder.Configuration[name] = value;
        }

        Ratchet.ServiceDefaults.ServiceDefaultsExtensions.AddServiceDefaults(builder, "trainer");
        builder.AddServingClient(TimeSpan.FromMinutes(1));
        builder.Services.ConfigureHttpClientDefaults(client => client.ConfigurePrimaryHttpMessageHandler(
            () => _network.With("gpu-0", _first).With("gpu-1", _second)));
        builder.Services.AddSingleton<InferenceServer>();
        return builder.Services.BuildServiceProvider().GetRequiredService<InferenceServer>();
    }
}
