using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ratchet.Contracts.Rag;

namespace Ratchet.EndToEnd.Tests;

/// <summary>A disk that fills up while a job trains: said clearly, nothing lost, and all goes on when there is space again.</summary>
public sealed class FullDiskTests
{
    private const string Collection = "full-disk";
    private const int Steps = 30;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Stillness = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task What_cannot_be_kept_is_refused_and_a_job_waits_for_space()
    {
        await using var disk = await SmallDisk.MountAsync("96m");
        await using HostProgram host = await HostProgram.StartAsync(disk.Folder);
        var jobs = new Jobs(host.Http);
        var rag = new RagClient(host.Http);
        DocumentRecord kept = await rag.PushDocumentAsync(new DocumentPush("The green ferry leaves at nine.", "ferry", Collection));
        string job = await jobs.StartAsync(await jobs.UploadAsync(TrainingText.Lines(40)), seed: 5, Steps);
        await jobs.ReachAsync(job, 3);

        await RefusedAsync(host.Http, disk);
        await WaitsAsync(job, disk);
        using (HttpResponseMessage chat = await host.Http.PostAsJsonAsync(
            new Uri("v1/chat/completions", UriKind.Relative),
            new { model = "base", max_tokens = 4, messages = new[] { new { role = "user", content = "When does the green ferry leave?" } } }))
        {
            Assert.Equal(HttpStatusCode.OK, chat.StatusCode);
        }

        JsonElement waiting = await jobs.GetAsync(job);
        Assert.Equal("running", waiting.GetProperty("status").GetString());
        Assert.True(waiting.GetProperty("x_ratchet").GetProperty("step").GetInt32() < Steps);

        disk.Empty();
        Assert.Equal(Enumerable.Range(1, Steps), (await jobs.LossesAsync(await jobs.FinishAsync(job))).Keys);
        Assert.Equal("The green ferry leaves at nine.", (await rag.GetDocumentAsync(kept.Id, withText: true)).Text);
        await rag.PushDocumentAsync(new DocumentPush("The red ferry leaves at ten.", "second ferry", Collection));
    }

    private static async Task RefusedAsync(HttpClient http, SmallDisk disk)
    {
        // Free pages of the databases hold a few more, and a checkpoint that does not fit leaves its place.
        var watch = Stopwatch.StartNew();
        for (int i = 0; ; i++)
        {
            disk.Fill();
            using HttpResponseMessage answer = await http.PostAsJsonAsync(
                new Uri("v1/documents", UriKind.Relative), new { text = new string('x', 200_000), name = $"late-{i}", collection = Collection });
            if (!answer.IsSuccessStatusCode)
            {
                JsonElement error = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
                Assert.Equal("disk_full", error.GetProperty("code").GetString());
                Assert.Equal(HttpStatusCode.InsufficientStorage, answer.StatusCode);
                Assert.Contains("Free some space", error.GetProperty("message").GetString(), StringComparison.Ordinal);
                return;
            }

            Assert.True(watch.Elapsed < Patience, "Documents are taken though the disk is full.");
        }
    }

    // Where no further step is written for a while, it waits. The file's length says nothing: every new try cuts off the
    // line that did not fit, and begins it again.
    private static async Task WaitsAsync(string job, SmallDisk disk)
    {
        string events = Path.Combine(disk.Folder, "trainer", "jobs", job, "events.jsonl");
        Assert.True(File.Exists(events), $"{events} is not there.");
        Stopwatch watch = Stopwatch.StartNew(), still = Stopwatch.StartNew();
        int reached = 0;
        while (still.Elapsed < Stillness)
        {
            Assert.True(watch.Elapsed < Patience, "The job goes on though the disk is full.");
            disk.Fill();
            int step = LastStep(events);
            if (step != reached)
            {
                reached = step;
                still.Restart();
            }

            await Task.Delay(500);
        }
    }

    // The highest step of the whole lines; what follows the last newline was cut.
    private static int LastStep(string events)
    {
        using var reader = new StreamReader(new FileStream(events, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n')[..^1]
            .Select(line => JsonElement.Parse(line).TryGetProperty("step", out JsonElement step) ? step.GetInt32() : 0)
            .Append(0).Max();
    }

    /// <summary>A file system of its own in memory; needs the right to mount one.</summary>
    private sealed class SmallDisk : IAsyncDisposable
    {
        private SmallDisk(string folder) => Folder = folder;

        public string Folder { get; }

        private string Filler => Path.Combine(Folder, "filler");

        public static async Task<SmallDisk> MountAsync(string size)
        {
            if (!OperatingSystem.IsLinux())
            {
                Assert.Skip("A small disk is made with Linux's tmpfs.");
            }

            string folder = Directory.CreateTempSubdirectory("ratchet-small-disk-").FullName;
            if (await RunAsync("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder) != 0)
            {
                Directory.Delete(folder);
                Assert.Skip("No small disk can be mounted here; run the tests as root to see a full one.");
            }

            return new SmallDisk(folder);
        }

        /// <summary>Block by block, down to the last bytes.</summary>
        public void Fill()
        {
            byte[] block = new byte[1 << 16];
            using var stream = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
            for (int length = block.Length; length >= 512; length /= 2)
            {
                try
                {
                    while (true)
                    {
                        stream.Write(block, 0, length);
                    }
                }
                catch (IOException)
                {
                    // Full for this length.
                }
            }
        }

        /// <summary>Makes room again.</summary>
        public void Empty() => File.Delete(Filler);

        public async ValueTask DisposeAsync()
        {
            await RunAsync("umount", "--lazy", Folder);
            Directory.Delete(Folder);
        }

        private static async Task<int> RunAsync(string program, params string[] arguments)
        {
            using var process = Process.Start(program, arguments);
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
    }
}
