using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.TrainerService.Jobs;

namespace Ratchet.TrainerService.Worker;

/// <summary>Appends to a job's event file, on the disk before the service is told.</summary>
public sealed class EventWriter : IDisposable
{
    private readonly FileStream _stream;
    private readonly Action _sign;
    private readonly TimeProvider _clock;

    /// <param name="path">The job's event file.</param>
    /// <param name="sign">Told after each event that something new stands there.</param>
    /// <param name="clock">For the time of events.</param>
    public EventWriter(string path, Action sign, TimeProvider clock)
    {
        _sign = sign;
        _clock = clock;
        Before = LineFile.Read<WorkerEvent>(path).Items;
        _stream = LineFile.OpenForAppend(path);
    }

    /// <summary>What workers before this one wrote.</summary>
    public IReadOnlyList<WorkerEvent> Before { get; }

    public void Say(string message, string level = "info", object? data = null) =>
        Write(new WorkerEvent(Now(), level, "message", message, Element(data)));

    public void Measure(string message, int step, object data, long? estimatedFinish, long trainedTokens) =>
        Write(new WorkerEvent(Now(), "info", "metrics", message, Element(data), step, estimatedFinish, trainedTokens));

    public void Publish(string message, int step, object data, string folder) =>
        Write(new WorkerEvent(Now(), "info", "message", message, Element(data), step, Checkpoint: folder));

    public void Dispose() => _stream.Dispose();

    private void Write(WorkerEvent item)
    {
        LineFile.Append(_stream, [item]);
        _sign();
    }

    private long Now() => _clock.GetUtcNow().ToUnixTimeSeconds();

    private static JsonElement? Element(object? data) =>
        data is null ? null : JsonSerializer.SerializeToElement(data, WireJson.Options);
}
