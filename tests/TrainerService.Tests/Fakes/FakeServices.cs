using System.Text.Json;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Tests.Fakes;

internal sealed class FakeBaseModel : IBaseModel
{
    public BaseModelInfo Info { get; } =
        new("smollm2-135m-instruct", "/nowhere/model.gguf", new string('a', 64), 134_515_008, 2048, 30, "Q4_1");

    public bool Matches(string model) => model == Info.Name;
}

internal sealed class FakeAdapterServer : IAdapterServer
{
    public HashSet<string> Loaded { get; } = [];

    public bool IsAway { get; set; }

    public int LoadCount { get; private set; }

    public Task LoadAsync(string id, string folder, CancellationToken cancellation)
    {
        ThrowIfAway();
        Assert.True(Directory.Exists(folder));
        lock (Loaded)
        {
            Loaded.Add(id);
            LoadCount++;
        }

        return Task.CompletedTask;
    }

    public Task UnloadAsync(string id, CancellationToken cancellation)
    {
        ThrowIfAway();
        lock (Loaded)
        {
            Loaded.Remove(id);
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<ServedAdapter>> ListAsync(CancellationToken cancellation)
    {
        ThrowIfAway();
        lock (Loaded)
        {
            return Task.FromResult<IReadOnlyList<ServedAdapter>>([.. Loaded.Select(id => new ServedAdapter(id, true))]);
        }
    }

    private void ThrowIfAway()
    {
        if (IsAway)
        {
            throw new ApiException(503, "inference_unavailable", "The inference service cannot be reached.");
        }
    }
}

/// <summary>Chat lines only; the real reader has tests of its own.</summary>
internal sealed class ChatLineReader : IDatasetReader
{
    public DatasetInspection Inspect(string path, string filename)
    {
        var errors = new List<DatasetFault>();
        int count = 0, number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            try
            {
                _ = Parse(line);
                count++;
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException)
            {
                errors.Add(new DatasetFault(number, 1, "invalid_json", e.Message));
            }
        }

        bool isPreference = errors.Count == 0 && Read(path, filename).Any(row => row.Preferred is not null);
        return new DatasetInspection(count, errors, JsonSerializer.SerializeToElement(new { examples = count }), isPreference);
    }

    public IEnumerable<TrainingConversation> Read(string path, string filename) => File.ReadLines(path).Select(Parse);

    private static TrainingConversation Parse(string line)
    {
        var row = JsonElement.Parse(line);
        return row.TryGetProperty("input", out JsonElement input)
            ? new TrainingConversation(
                Messages(input.GetProperty("messages")), Messages(row.GetProperty("preferred_completion"))[0],
                Messages(row.GetProperty("non_preferred_completion"))[0])
            : new TrainingConversation(Messages(row.GetProperty("messages")));
    }

    private static List<TrainingMessage> Messages(JsonElement list) =>
    [
        .. list.EnumerateArray().Select(m => new TrainingMessage(m.GetProperty("role").GetString()!, m.GetProperty("content").GetString()!)),
    ];
}
