using System.Security.Cryptography;
using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.TrainerService.Datasets;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Cycles.Steps;

/// <summary>Pulls the batch as a file named by its hash.</summary>
public sealed class FileStep(IKnowledge knowledge, FileStore files) : ICycleStep
{
    public string Name => "file";

    public async Task<CycleStepResult> RunAsync(CycleState cycle, CycleProgress progress, CancellationToken cancellation)
    {
        string batch = cycle.View.Batch!;
        byte[] content = await knowledge.ContentAsync(batch, cancellation);
        string hash = Convert.ToHexStringLower(SHA256.HashData(content));
        if (batch != $"batch-{hash}")
        {
            throw new CycleStepException(
                "batch_changed",
                $"The content of {batch} has the SHA-256 {hash}: it is not what was sealed, because a document in it was deleted or "
                + "because it was damaged. Start a new cycle.");
        }

        int rows = content.Count(b => b == (byte)'\n');
        FileRecord file = files.Add(
            $"file-{hash}", $"{batch}.jsonl", FileStore.TrainingPurpose, content, rows,
            JsonSerializer.SerializeToElement(new { batch, examples = rows }, WireJson.Options));
        return new CycleStepResult(
            $"{rows} examples, {content.Length:N0} bytes.",
            state => state with { View = state.View with { TrainingFile = file.Id } });
    }
}
