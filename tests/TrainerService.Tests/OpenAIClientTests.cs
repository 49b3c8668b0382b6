using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Files;
using OpenAI.FineTuning;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests;

/// <summary>The official package for .NET drives files and jobs unchanged (F49, F128).</summary>
public sealed class OpenAIClientTests
{
    [Fact]
    public async Task The_official_client_uploads_trains_follows_and_lists()
    {
        using var host = new TrainerHost();
        var client = new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions
        {
            Endpoint = new Uri("http://localhost/v1"),
            Transport = new HttpClientPipelineTransport(host.CreateClient()),
        });
        OpenAIFileClient files = client.GetOpenAIFileClient();
#pragma warning disable OPENAI001 // The package calls its fine-tuning part experimental.
        FineTuningClient tuning = client.GetFineTuningClient();

        OpenAIFile file = await files.UploadFileAsync(
            BinaryData.FromBytes(TrainerHost.Chats(20)), "house.jsonl", FileUploadPurpose.FineTune);
        FineTuningJob job = await tuning.FineTuneAsync(
            "smollm2-135m-instruct", file.Id, waitUntilCompleted: true, new FineTuningOptions { Suffix = "house", Seed = 3 });

        Assert.Equal(FineTuningStatus.Succeeded, job.Status);
        Assert.Equal($"ft:smollm2-135m-instruct:ratchet:house:{job.JobId}", job.Value);

        var events = new List<FineTuningEvent>();
        await foreach (FineTuningEvent item in job.GetEventsAsync(new GetEventsOptions { PageSize = 5 }))
        {
            events.Add(item);
        }

        var checkpoints = new List<FineTuningCheckpoint>();
        await foreach (FineTuningCheckpoint item in job.GetCheckpointsAsync(new GetCheckpointsOptions()))
        {
            checkpoints.Add(item);
        }

        var jobs = new List<FineTuningJob>();
        await foreach (FineTuningJob item in tuning.GetJobsAsync())
        {
            jobs.Add(item);
        }

        Assert.Equal("The job has successfully completed", events[0].Message);
        Assert.Equal($"Created fine-tuning job: {job.JobId}", events[^1].Message);
        Assert.Equal([15, 10, 5], checkpoints.Select(c => c.StepNumber));
        Assert.Equal(job.JobId, Assert.Single(jobs).JobId);

        ClientResultException refused = await Assert.ThrowsAsync<ClientResultException>(
            () => tuning.FineTuneAsync("smollm2-135m-instruct", "file-none", waitUntilCompleted: false));
        Assert.Equal(400, refused.Status);
        Assert.Contains("file_not_found", refused.Message, StringComparison.Ordinal);

        OpenAIFileCollection listed = await files.GetFilesAsync(FilePurpose.FineTune);
        BinaryData content = await files.DownloadFileAsync(file.Id);
        FileDeletionResult deleted = await files.DeleteFileAsync(file.Id);
        Assert.Equal(file.Id, Assert.Single(listed).Id);
        Assert.Equal(TrainerHost.Chats(20), content.ToArray());
        Assert.True(deleted.Deleted);
#pragma warning restore OPENAI001
    }
}
