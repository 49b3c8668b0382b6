using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Ratchet.Contracts;
using Ratchet.TestKit;

namespace Ratchet.InferenceService.Tests.Models;

/// <summary>A replica that comes up later follows the registry of the trainer.</summary>
public sealed class ReplicaTests : IDisposable
{
    private const string Held = "ft:smollm2-135m-instruct:ratchet:shop:ftjob-1";
    private const string Other = "ft:smollm2-135m-instruct:ratchet:shop:ftjob-2";

    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-replica-").FullName;
    private readonly FakeTrainer _trainer = new();

    public void Dispose()
    {
        _trainer.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_an_alias_holds_is_there_before_the_replica_is_used_and_the_rest_when_it_is_asked_for()
    {
        _trainer.Path = "/shared" + GoldenAdapter();
        using WebApplicationFactory<Program> replica = Replica();
        using HttpClient client = replica.CreateClient();
        await HealthyAsync(client);

        string models = await client.GetStringAsync("/v1/models");
        HttpResponseMessage asked = await client.PostAsJsonAsync(
            "/v1/completions", new { model = Other, prompt = "Hello", max_tokens = 1 });
        HttpResponseMessage unknown = await client.PostAsJsonAsync(
            "/v1/completions", new { model = "ft:nobody", prompt = "Hello", max_tokens = 1 });

        Assert.Contains(Held, models, StringComparison.Ordinal);
        Assert.DoesNotContain(Other, models, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Without_the_trainer_it_comes_up_all_the_same()
    {
        _trainer.IsAway = true;
        using WebApplicationFactory<Program> replica = Replica();
        using HttpClient client = replica.CreateClient();
        await HealthyAsync(client);

        HttpResponseMessage asked = await client.PostAsJsonAsync(
            "/v1/completions", new { model = Held, prompt = "Hello", max_tokens = 1 });

        Assert.Equal(HttpStatusCode.NotFound, asked.StatusCode);
    }

    private WebApplicationFactory<Program> Replica() => new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
    {
        builder.UseSetting("Ratchet:Data", Path.Combine(_folder, "data"));
        builder.UseSetting("Logging:LogLevel:Default", "Warning");
        builder.UseSetting("services:trainer:http:0", "http://trainer.test");
        builder.UseSetting("Serving:Paths:0:From", "/shared" + _folder);
        builder.UseSetting("Serving:Paths:0:To", _folder);
        builder.ConfigureTestServices(services => services.ConfigureHttpClientDefaults(client =>
            client.ConfigurePrimaryHttpMessageHandler(() => _trainer)));
    });

    private static async Task HealthyAsync(HttpClient client)
    {
        for (int i = 0; i < 600; i++)
        {
            if ((await client.GetAsync("/health")).IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(200);
        }

        Assert.Fail("The replica did not become healthy within two minutes.");
    }

    private string GoldenAdapter()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "adapter")).FullName;
        File.Copy(Golden.PathOf("smollm2/training.attention_r8.final.safetensors"), Path.Combine(folder, "adapter_model.safetensors"));
        File.WriteAllText(
            Path.Combine(folder, "adapter_config.json"),
            """{"peft_type":"LORA","base_model_name_or_path":"x","r":8,"lora_alpha":16,"target_modules":["q_proj","v_proj"]}""");
        return folder;
    }

    private sealed class FakeTrainer : HttpMessageHandler
    {
        public string Path { get; set; } = "";

        public bool IsAway { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (IsAway)
            {
                throw new HttpRequestException("Connection refused");
            }

            string path = Uri.UnescapeDataString(request.RequestUri!.AbsolutePath);
            return Task.FromResult(path switch
            {
                "/v1/aliases" => Json(new { @object = "list", data = new[] { new { name = "latest", adapter = Held, version = 1, updated_at = 1 } } }),
                $"/v1/adapters/{Held}" => Json(Record(Held)),
                $"/v1/adapters/{Other}" => Json(Record(Other)),
                _ => Json(new { error = new { message = "There is none.", code = "model_not_found" } }, HttpStatusCode.NotFound),
            });
        }

        private object Record(string id) => new
        {
            id,
            @object = "adapter",
            created_at = 1,
            base_model = "smollm2-135m-instruct",
            base_sha256 = "x",
            suffix = "shop",
            job = "ftjob-1",
            training_file = "file-1",
            path = Path,
            files = Array.Empty<object>(),
            lineage = new { training_sha256 = "" },
        };

        private static HttpResponseMessage Json(object value, HttpStatusCode status = HttpStatusCode.OK) => new(status)
        {
            Content = new StringContent(JsonSerializer.Serialize(value, WireJson.Options), Encoding.UTF8, "application/json"),
        };
    }
}
