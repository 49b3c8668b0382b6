using System.Net;
using Ratchet.Contracts.Trainer;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Formats.Ollama;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.TrainerService.Ports;
using Ratchet.TrainerService.Registry;
using Ratchet.TrainerService.Tests.Fakes;
using Ratchet.TrainerService.Tests.Registry;

namespace Ratchet.TrainerService.Tests.Exports;

/// <summary>Exports of an adapter on the bundled model, through the route and a real worker process (F54, F87, F105).</summary>
public sealed class ExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("export-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_adapter_is_exported_measured_listed_and_refused_where_it_must_be()
    {
        using var host = new TrainerHost { IsReal = true };
        using HttpClient http = host.CreateClient();
        var client = new TrainerClient(http);
        string plain = Publish(host, _folder, "plain", isDecomposed: false);
        string decomposed = Publish(host, _folder, "dora", isDecomposed: true);

        AdapterExport ollama = await FinishAsync(client, plain, new() { Format = "ollama", System = "Answer in one sentence." });
        Assert.True(ollama.Status == "succeeded", ollama.Error);
        Assert.Equal(["Modelfile", "adapter.gguf"], ollama.Files.Select(f => f.Name));
        var file = Modelfile.Parse(await File.ReadAllTextAsync(Path.Combine(ollama.Path!, Modelfile.FileName)));
        Assert.Equal((host.Get<IBaseModel>().Info.Path, "./adapter.gguf"), (file.From, file.Adapters.Single()));
        Assert.Equal("Answer in one sentence.", file.System);
        Assert.Contains("<|im_start|>user", file.Template, StringComparison.Ordinal);
        Assert.Contains(file.Parameters, p => p is { Key: "stop", Value: "<|im_end|>" });
        ExportParityView parity = ollama.Parity!;
        Assert.True(parity.Effect > 1e-2 && parity.Exported < 1e-2 * parity.Effect && parity.SameBest == 1, parity.ToString());

        string files = $"/v1/adapters/{Uri.EscapeDataString(plain)}/exports/{ollama.Id}/files";
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(ollama.Path!, Modelfile.FileName)), await http.GetStringAsync($"{files}/Modelfile"));
        using (var part = new HttpRequestMessage(HttpMethod.Get, $"{files}/adapter.gguf"))
        {
            part.Headers.Range = new System.Net.Http.Headers.RangeHeaderValue(0, 3);
            using HttpResponseMessage begin = await http.SendAsync(part);
            Assert.Equal((HttpStatusCode.PartialContent, "GGUF"), (begin.StatusCode, await begin.Content.ReadAsStringAsync()));
            Assert.Equal("adapter.gguf", begin.Content.Headers.ContentDisposition!.FileName);
            Assert.Equal(ollama.Files[1].Bytes, begin.Content.Headers.ContentRange!.Length);
        }

        foreach (string none in new[] { "export.json", "..%2Fexport.json", "..%2F..%2Ftrainer.db", "Adapter.GGUF" })
        {
            using HttpResponseMessage absent = await http.GetAsync($"{files}/{none}");
            Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
        }

        AdapterExport merged = await FinishAsync(client, plain, new() { Format = "gguf", Type = "q8_0" });
        Assert.True(merged.Status == "succeeded", merged.Error);
        Assert.Equal("Q8_0", merged.Type);
        Assert.True(merged.LargestChange!.Value > 0 && merged.LargestDifference!.Value > 0 && merged.Parity!.Merged < 1e-2, merged.ToString());
        Assert.InRange(merged.Parity.Error, 0, 1e-2);
        using (var gguf = GgufFile.Open(Path.Combine(merged.Path!, "model.gguf")))
        {
            Assert.Contains(gguf.Tensors, t => t.Type == ElementType.Q8_0);
            Assert.NotNull(gguf.Metadata.FindString("tokenizer.chat_template"));
        }

        AdapterExport refused = await FinishAsync(client, decomposed, new() { Format = "gguf_adapter" });
        Assert.Equal("failed", refused.Status);
        Assert.Contains("DoRA", refused.Error, StringComparison.Ordinal);
        Assert.Empty(refused.Files);
        using (HttpResponseMessage absent = await http.GetAsync($"/v1/adapters/{Uri.EscapeDataString(decomposed)}/exports/{refused.Id}/files/adapter.gguf"))
        {
            Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
            Assert.Contains("DoRA", await absent.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        AdapterExport narrow = await FinishAsync(client, plain, new() { Format = "gguf_adapter", Type = "Q4_K" });
        Assert.True(narrow.Status == "succeeded", narrow.Error);
        using (var gguf = GgufFile.Open(Path.Combine(narrow.Path!, "adapter.gguf")))
        {
            int others = gguf.Tensors.Count(t => t.Type != ElementType.Q4_K);
            Assert.True(others > 0);
            Assert.Contains(narrow.Notes, note => note.StartsWith($"{others} of {gguf.Tensors.Count} tensors are stored as F32", StringComparison.Ordinal));
        }

        AdapterExport type = await FinishAsync(client, plain, new() { Format = "gguf", Type = "Q5_K" });
        Assert.Contains("Q4_K", type.Error, StringComparison.Ordinal);
        Assert.Equal(4, (await client.ListExportsAsync(plain)).Data.Count);
    }

    [Fact]
    public async Task A_wrong_request_is_refused_at_once_and_an_export_without_its_worker_has_failed()
    {
        using var host = new TrainerHost();
        using HttpClient http = host.CreateClient();
        var client = new TrainerClient(http);
        string adapter = AliasEndpointTests.Publish(host, "a");

        Assert.Equal("invalid_value", (await Assert.ThrowsAsync<TrainerException>(() => client.ExportAsync(adapter, new() { Format = "onnx" }))).Code);
        Assert.Equal("invalid_value", (await Assert.ThrowsAsync<TrainerException>(
            () => client.ExportAsync(adapter, new() { Format = "gguf", Type = new string('x', 17) }))).Code);
        Assert.Equal("model_not_found", (await Assert.ThrowsAsync<TrainerException>(() => client.ExportAsync("nobody", new() { Format = "gguf" }))).Code);
        Assert.Equal("not_found", (await Assert.ThrowsAsync<TrainerException>(() => client.GetExportAsync(adapter, "export-1"))).Code);
        Assert.Empty((await client.ListExportsAsync(adapter)).Data);

        // The fake workers know no exports: theirs dies.
        AdapterExport dead = await FinishAsync(client, adapter, new() { Format = "peft" });
        Assert.Equal("failed", dead.Status);
        Assert.NotEmpty(dead.Error!);
    }

    internal static async Task<AdapterExport> FinishAsync(TrainerClient client, string adapter, ExportRequest request)
    {
        AdapterExport begun = await client.ExportAsync(adapter, request);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        while (begun.Status == "running")
        {
            await Task.Delay(50, limit.Token);
            begun = await client.GetExportAsync(adapter, begun.Id, limit.Token);
        }

        return begun;
    }

    /// <summary>An adapter on the bundled model, in the host's registry.</summary>
    /// <param name="share">Of what the adapter changes: with 1 it doubles the largest part of each matrix, which leaves little of the model's sense.</param>
    internal static string Publish(TrainerHost host, string work, string suffix, bool isDecomposed, float share = 1)
    {
        BaseModelInfo info = host.Get<IBaseModel>().Info;
        string folder = Path.Combine(work, suffix);
        using (LoadedDecoder loaded = ModelLoader.LoadDecoder(info.Path))
        {
            // PiSSA's beginning is no no-op, unlike a new adapter; DoRA's is, which does for a refusal.
            var config = new LoraConfig { Rank = 4, Alpha = 8, WeightDecomposed = isDecomposed, TargetModules = ["q_proj", "v_proj"], LayersToTransform = [0, 1] };
            if (isDecomposed)
            {
                using var adapter = LoraAdapter.Create(loaded.Model, config, seed: 1);
                adapter.Save(folder, info.Name);
            }
            else
            {
                using var principal = PrincipalAdapter.Take(loaded.Model, config, seed: 1);
                using LoraAdapter adapter = AdapterCombination.Combine(
                    [principal.Adapter], [share], loaded.Model, new CombinationConfig { Type = CombinationType.Cat });
                adapter.Save(folder, info.Name);
                principal.Adapter.Dispose();
            }
        }

        return host.Get<AdapterStore>().Publish(
            new AdapterRecord
            {
                Id = $"ft:{info.Name}:ratchet:{suffix}:ftjob-{suffix}",
                CreatedAt = 1,
                BaseModel = info.Name,
                BaseSha256 = info.Sha256,
                Suffix = suffix,
                Job = $"ftjob-{suffix}",
                TrainingFile = "file-1",
                Path = "",
                Files = [],
                Lineage = new AdapterLineage { TrainingSha256 = "" },
            },
            folder).Id;
    }
}
