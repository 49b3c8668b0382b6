using System.Diagnostics;
using System.Text.Json;
using Ratchet.Contracts.Rag;

namespace Ratchet.EndToEnd.Tests;

/// <summary>Kills at the worst moment, of the worker, the TrainerService and the whole host.</summary>
public sealed class KillTests
{
    private const string Collection = "kills";
    private const int Steps = 40;
    private const int Seed = 11;

    [Fact]
    public async Task A_killed_job_ends_with_the_losses_of_an_undisturbed_one_and_nothing_acknowledged_is_lost()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Finds the processes of a host in /proc.");
        }

        if (HostProgram.IsAspire)
        {
            Assert.Skip("Aspire's host leaves a service that was killed ended; the Embedded stack's tests kill it.");
        }

        DirectoryInfo data = Directory.CreateTempSubdirectory("ratchet-kills-");
        SortedDictionary<int, string> undisturbed;
        string file, job, document, example, feedback;
        await using (HostProgram host = await HostProgram.StartAsync(data.FullName))
        {
            var jobs = new Jobs(host.Http);
            file = await jobs.UploadAsync(TrainingText.Lines(40));
            undisturbed = await jobs.LossesAsync(await jobs.FinishAsync(await jobs.StartAsync(file, Seed, Steps)));
            Assert.Equal(Enumerable.Range(1, Steps), undisturbed.Keys);

            job = await jobs.StartAsync(file, Seed, Steps);
            await jobs.ReachAsync(job, 5);
            await host.KillTrainerAsync(worker: true);

            await jobs.ReachAsync(job, 10);
            await host.KillTrainerAsync(worker: false);

            // Acknowledged a moment before the host is killed.
            await jobs.ReachAsync(job, 15);
            (document, example, feedback) = await RememberAsync(new RagClient(host.Http));
            await host.KillAsync();
            await NobodyLeftAsync(host);
        }

        await using (HostProgram again = await HostProgram.StartAsync(data.FullName))
        {
            var jobs = new Jobs(again.Http);
            JsonElement ended = await jobs.FinishAsync(job);
            Assert.Equal(undisturbed, await jobs.LossesAsync(ended));

            var rag = new RagClient(again.Http);
            Assert.Contains("blue lantern", (await rag.GetDocumentAsync(document, withText: true)).Text, StringComparison.Ordinal);
            Assert.Equal(ExampleStates.Approved, (await rag.GetExampleAsync(example)).State);
            Assert.Contains((await rag.GetFeedbackAsync(limit: 100)).Data, one => one.Id == feedback);
            using HttpResponseMessage kept = await again.Http.GetAsync(new Uri($"v1/files/{file}", UriKind.Relative));
            Assert.True(kept.IsSuccessStatusCode);
        }

        data.Delete(recursive: true);
    }

    private static async Task<(string Document, string Example, string Feedback)> RememberAsync(RagClient rag)
    {
        DocumentRecord document = await rag.PushDocumentAsync(new DocumentPush(
            "The blue lantern hangs over the boat house.", "lantern", Collection));
        ExamplesAdded examples = await rag.AddExamplesAsync(new ExamplesRequest(
            [new ExampleInput("Where is the lantern?", "Over the boat house. [Rule L-1]", Collection, "lantern", State: ExampleStates.Approved)]));
        FeedbackRecord feedback = await rag.SendFeedbackAsync(new FeedbackRequest(
            FeedbackKinds.All[0], "Where is the lantern?", Answer: "Over the boat house.", Collection: Collection));
        return (document.Id, examples.Data[0].Id, feedback.Id);
    }

    private static async Task NobodyLeftAsync(HostProgram host)
    {
        var watch = Stopwatch.StartNew();
        while (host.ProcessCount() > 0)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"{host.ProcessCount()} processes outlived the host.");
            await Task.Delay(50);
        }
    }
}
