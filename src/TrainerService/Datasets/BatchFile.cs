using System.Net;
using System.Security.Cryptography;
using Ratchet.Contracts.Rag;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Datasets;

/// <summary>A sealed batch of the RagService as a training file: pulled when a job names it, checked as an upload is (F122, F155).</summary>
public sealed class BatchFile(IKnowledge knowledge, FileStore files, IDatasetReader reader, TimeProvider clock)
{
    private const string Prefix = "batch-";

    /// <summary>The id of the file that holds what <paramref name="name"/> names: a batch is pulled, any other name is given back.</summary>
    /// <param name="name">The id of a file or of a batch.</param>
    /// <param name="param">The field of the request that names it.</param>
    /// <param name="cancellation">Ends the wait for the RagService.</param>
    /// <exception cref="ApiException">There is no such batch, it may be trained on no more, or its rows cannot be learnt from.</exception>
    public async Task<string> ResolveAsync(string name, string param, CancellationToken cancellation)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return name;
        }

        string id = $"file-{name[Prefix.Length..]}";
        byte[] content = await ContentAsync(name, param, cancellation);
        string hash = Convert.ToHexStringLower(SHA256.HashData(content));
        if (id != $"file-{hash}")
        {
            throw new ApiException(
                409, "batch_changed", $"The content of {name} has the SHA-256 {hash}: it is not what was sealed. Seal a new batch with POST /v1/batches.", param);
        }

        return files.Find(id)?.Id ?? Add(id, $"{name}.jsonl", hash, content, param).Id;
    }

    private async Task<byte[]> ContentAsync(string batch, string param, CancellationToken cancellation)
    {
        try
        {
            return await knowledge.ContentAsync(batch, cancellation);
        }
        catch (RagRequestException refusal)
        {
            throw refusal.Status == (int)HttpStatusCode.NotFound
                ? new ApiException(400, "file_not_found", $"invalid {param}: {batch}. There is no such batch; GET /v1/batches lists those there are.", param)
                : new ApiException(refusal.Status, refusal.Code ?? "batch_refused", refusal.Message, param);
        }
        catch (HttpRequestException)
        {
            throw new ApiException(
                503, "rag_unavailable", $"The RagService, which keeps {batch}, does not answer. Try again, or upload the batch's content with POST /v1/files.", param);
        }
    }

    private FileRecord Add(string id, string filename, string hash, byte[] content, string param)
    {
        string temporary = $"{files.PathOf(id)}.{Guid.NewGuid():N}.tmp";
        try
        {
            AtomicFile.WriteAllBytes(temporary, content);
            DatasetInspection inspection = reader.Inspect(temporary, filename);
            if (inspection.Errors.Count > 0)
            {
                DatasetFault first = inspection.Errors[0];
                throw new ApiException(400, first.Code, $"{filename} cannot be trained on. Line {first.Line}, column {first.Column}: {first.Message}", param);
            }

            if (inspection.ExampleCount < FileUpload.ExamplesMin)
            {
                throw new ApiException(
                    400, "invalid_n_examples",
                    $"The batch has {inspection.ExampleCount} example(s), but must have at least {FileUpload.ExamplesMin} examples. Gather more, or seal with \"include\":\"all\".", param);
            }

            return files.Add(
                new FileRecord
                {
                    Id = id,
                    CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
                    Filename = filename,
                    Purpose = FileStore.TrainingPurpose,
                    Bytes = content.Length,
                    Sha256 = hash,
                    ExampleCount = inspection.ExampleCount,
                    IsPreference = inspection.IsPreference,
                    Report = inspection.Report,
                },
                temporary);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
