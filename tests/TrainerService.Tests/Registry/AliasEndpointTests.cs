using System.Text.Json;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Events;
using Ratchet.TrainerService.Registry;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Registry;

/// <summary>Adapters and aliases (F107, F123).</summary>
public sealed class AliasEndpointTests
{
    private const string Base = "smollm2-135m-instruct";

    [Fact]
    public async Task An_alias_moves_forward_and_back()
    {
        using var host = new TrainerHost();
        var client = new TrainerClient(host.CreateClient());
        string a = Publish(host, "a"), b = Publish(host, "b");

        AliasRecord first = await client.MoveAliasAsync("latest", new() { Adapter = a, ExpectedVersion = 0, Reason = "one" });
        AliasRecord second = await client.MoveAliasAsync("latest", new() { Adapter = b, ExpectedVersion = 1, Reason = "two" });
        AliasRecord back = await client.RollbackAliasAsync("latest", new() { ExpectedVersion = 2, Reason = "worse" });
        AliasRecord further = await client.RollbackAliasAsync("latest", new() { ExpectedVersion = 3 });
        TrainerException end = await Assert.ThrowsAsync<TrainerException>(
            () => client.RollbackAliasAsync("latest", new() { ExpectedVersion = 4 }));
        AliasRecord forward = await client.MoveAliasAsync("latest", new() { Adapter = b, ExpectedVersion = 4 });

        Assert.Equal((a, 1L), (first.Adapter, first.Version));
        Assert.Equal((b, 2L), (second.Adapter, second.Version));
        Assert.Equal((a, 3L), (back.Adapter, back.Version));
        Assert.Equal((Base, 4L), (further.Adapter, further.Version));
        Assert.Equal("nothing_to_roll_back", end.Code);
        Assert.Equal((b, 5L), (forward.Adapter, forward.Version));
        Assert.Equal(["set", "rollback", "rollback", "set", "set"], forward.History.Select(move => move.Action));
        Assert.Equal([a, b], host.Serving.Loaded.Order());
        Assert.Equal(["latest"], (await client.GetAdapterAsync(b)).Aliases);
        Assert.Equal(
            ["adapter.promoted", "adapter.promoted", "adapter.rolled_back", "adapter.rolled_back", "adapter.promoted"],
            host.Get<EventLog>().Read(0).Select(e => e.Type).Where(t => t is "adapter.promoted" or "adapter.rolled_back"));
    }

    [Fact]
    public async Task Of_many_who_move_at_once_one_wins()
    {
        using var host = new TrainerHost();
        var client = new TrainerClient(host.CreateClient());
        string[] ids = [.. Enumerable.Range(0, 8).Select(i => Publish(host, $"a{i}"))];

        bool[] won = await Task.WhenAll(ids.Select(async id =>
        {
            try
            {
                await client.MoveAliasAsync("latest", new() { Adapter = id, ExpectedVersion = 0 });
                return true;
            }
            catch (TrainerException e) when (e.Code == "alias_moved")
            {
                return false;
            }
        }));

        Assert.Single(won, true);
        Assert.Equal(1, (await client.GetAliasAsync("latest")).Version);
    }

    [Fact]
    public async Task Nothing_moves_while_the_adapter_cannot_be_loaded()
    {
        using var host = new TrainerHost();
        var client = new TrainerClient(host.CreateClient());
        string a = Publish(host, "a");
        host.Serving.IsAway = true;

        TrainerException e = await Assert.ThrowsAsync<TrainerException>(
            () => client.MoveAliasAsync("latest", new() { Adapter = a, ExpectedVersion = 0 }));

        Assert.Equal("inference_unavailable", e.Code);
        Assert.Empty((await client.ListAliasesAsync()).Data);
    }

    [Theory]
    [InlineData("latest", """{"expected_version":0}""", 400, "adapter")]
    [InlineData("latest", """{"adapter":"A"}""", 400, "expected_version")]
    [InlineData("latest", """{"adapter":"A","expected_version":"1"}""", 400, "expected_version")]
    [InlineData("latest", """{"adapter":"none","expected_version":0}""", 404, "model")]
    [InlineData("auto", """{"adapter":"A","expected_version":0}""", 400, "name")]
    [InlineData("latest", """{"adapter":"A","expected_version":3}""", 404, "name")]
    [InlineData("latest", """[]""", 400, null)]
    public async Task A_wrong_move_is_refused(string name, string body, int status, string? param)
    {
        using var host = new TrainerHost();
        string a = Publish(host, "a");
        using var content = new StringContent(body.Replace("\"A\"", $"\"{a}\"", StringComparison.Ordinal), null, "application/json");

        JsonElement answer = await TrainerHost.JsonAsync(await host.CreateClient().PutAsync($"/v1/aliases/{name}", content), status);

        answer.GetProperty("error").TryGetProperty("param", out JsonElement found);
        Assert.Equal(param, found.ValueKind == JsonValueKind.String ? found.GetString() : null);
    }

    [Fact]
    public async Task A_held_adapter_cannot_be_deleted_and_a_free_one_can()
    {
        using var host = new TrainerHost();
        using HttpClient http = host.CreateClient();
        var client = new TrainerClient(http);
        string a = Publish(host, "a"), b = Publish(host, "b");
        string path = (await client.GetAdapterAsync(b)).Path;
        await client.MoveAliasAsync("latest", new() { Adapter = a, ExpectedVersion = 0 });

        await TrainerHost.JsonAsync(await http.DeleteAsync($"/v1/models/{Uri.EscapeDataString(a)}"), 409);
        JsonElement deleted = await TrainerHost.JsonAsync(await http.DeleteAsync($"/v1/models/{Uri.EscapeDataString(b)}"));
        JsonElement models = await TrainerHost.JsonAsync(await http.GetAsync("/v1/models"));

        Assert.Equal((b, "model", true), (
            deleted.GetProperty("id").GetString(), deleted.GetProperty("object").GetString(), deleted.GetProperty("deleted").GetBoolean()));
        Assert.False(Directory.Exists(path));
        JsonElement left = Assert.Single(models.GetProperty("data").EnumerateArray());
        Assert.Equal((a, Base), (left.GetProperty("id").GetString(), left.GetProperty("parent").GetString()));
        await TrainerHost.JsonAsync(await http.GetAsync($"/v1/adapters/{Uri.EscapeDataString(b)}"), 404);
    }

    [Fact]
    public async Task Adapters_are_found_by_batch()
    {
        using var host = new TrainerHost();
        string a = Publish(host, "a", "batch-1"), b = Publish(host, "b", "batch-2", "batch-1");
        Publish(host, "c");

        JsonElement found = await TrainerHost.JsonAsync(await host.CreateClient().GetAsync("/v1/adapters?batch=batch-1"));

        Assert.Equal([b, a], found.GetProperty("data").EnumerateArray().Select(x => x.GetProperty("id").GetString()));
    }

    [Fact]
    public void A_generation_is_never_written_twice()
    {
        using var host = new TrainerHost();
        string id = Publish(host, "a");
        AdapterRecord first = host.Get<AdapterStore>().Get(id);

        string folder = Directory.CreateTempSubdirectory("adapter-").FullName;
        File.WriteAllText(Path.Combine(folder, "adapter_model.safetensors"), "other weights");
        AdapterRecord second = host.Get<AdapterStore>().Publish(first, folder);

        Assert.Equal(first.Files, second.Files);
    }

    [Fact]
    public async Task Another_base_is_refused()
    {
        using var host = new TrainerHost();
        string id = Publish(host, "a");
        AdapterRecord foreign = host.Get<AdapterStore>().Get(id) with { Id = "ft:x", BaseSha256 = new string('b', 64) };
        host.Get<AdapterStore>().Publish(foreign, foreign.Path);

        TrainerException e = await Assert.ThrowsAsync<TrainerException>(() => new TrainerClient(host.CreateClient())
            .MoveAliasAsync("latest", new() { Adapter = "ft:x", ExpectedVersion = 0 }));

        Assert.Equal("base_mismatch", e.Code);
    }

    [Fact]
    public void A_swap_on_an_old_version_changes_nothing()
    {
        using var host = new TrainerHost();
        AliasStore store = host.Get<AliasStore>();
        store.Move("latest", "a", 0, "promote", null, "cycle", overruled: false);

        ApiException e = Assert.Throws<ApiException>(
            () => store.Move("latest", "b", 0, "promote", null, "cycle", overruled: false));

        Assert.Equal(409, e.Status);
        Assert.Equal("a", store.Find("latest")!.Adapter);
    }

    internal static string Publish(TrainerHost host, string suffix, params string[] batches)
    {
        string folder = Directory.CreateTempSubdirectory("adapter-").FullName;
        File.WriteAllText(Path.Combine(folder, "adapter_model.safetensors"), suffix);
        return host.Get<AdapterStore>().Publish(
            new AdapterRecord
            {
                Id = $"ft:{Base}:ratchet:{suffix}:ftjob-{suffix}",
                CreatedAt = 1,
                BaseModel = Base,
                BaseSha256 = new string('a', 64),
                Suffix = suffix,
                Job = $"ftjob-{suffix}",
                TrainingFile = "file-1",
                Path = "",
                Files = [],
                Lineage = new AdapterLineage { TrainingSha256 = "", Batches = batches },
            },
            folder).Id;
    }
}
