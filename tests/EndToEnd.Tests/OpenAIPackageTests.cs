using System.ClientModel;
using System.Text;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Files;
using OpenAI.FineTuning;

namespace Ratchet.EndToEnd.Tests;

/// <summary>The official package for .NET, pointed at the Gateway and nothing else changed.</summary>
[Collection(nameof(RunningRatchetCollection))]
public sealed class OpenAIPackageTests(RatchetFixture ratchet)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task It_uploads_trains_follows_lists_and_chats()
    {
        var client = new OpenAIClient(
            new ApiKeyCredential("none-needed-on-loopback"), new OpenAIClientOptions { Endpoint = new Uri(ratchet.Gateway, "v1") });

        using var lines = new MemoryStream(Encoding.UTF8.GetBytes(TrainingText.Lines(12)));
        OpenAIFile file = await client.GetOpenAIFileClient().UploadFileAsync(lines, "train.jsonl", FileUploadPurpose.FineTune);
        Assert.StartsWith("file-", file.Id, StringComparison.Ordinal);

        FineTuningClient tuning = client.GetFineTuningClient();
        FineTuningJob job = await tuning.FineTuneAsync("smollm2-135m-instruct", file.Id, waitUntilCompleted: false, new FineTuningOptions
        {
            Suffix = "official",
            Seed = 5,
            TrainingMethod = FineTuningTrainingMethod.CreateSupervised(batchSize: 4, epochCount: 1),
        });
        await job.WaitForCompletionAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(FineTuningStatus.Succeeded, job.Status);
        Assert.StartsWith("ft:smollm2-135m-instruct:ratchet:official:", job.Value, StringComparison.Ordinal);

        var events = new List<FineTuningEvent>();
        await foreach (FineTuningEvent one in job.GetEventsAsync(new GetEventsOptions()))
        {
            events.Add(one);
        }

        Assert.NotEmpty(events);

        var checkpoints = new List<FineTuningCheckpoint>();
        await foreach (FineTuningCheckpoint one in job.GetCheckpointsAsync())
        {
            checkpoints.Add(one);
        }

        Assert.NotEmpty(checkpoints);

        ChatClient chat = client.GetChatClient(job.Value);
        var text = new StringBuilder();
        ChatFinishReason? finish = null;
        await foreach (StreamingChatCompletionUpdate update in chat.CompleteChatStreamingAsync(
            [new UserChatMessage("Which shelf holds the parts of bicycle number 3?")],
            new ChatCompletionOptions { MaxOutputTokenCount = 16, Temperature = 0 }))
        {
            Assert.Equal(job.Value, update.Model);
            finish = update.FinishReason ?? finish;
            foreach (ChatMessageContentPart part in update.ContentUpdate)
            {
                text.Append(part.Text);
            }
        }

        Assert.NotNull(finish);
        Assert.NotEqual(0, text.Length);
    }
}
