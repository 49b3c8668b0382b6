using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Tests.Documents;

public sealed class FolderWatcherTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-watch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Files_are_followed_as_they_come_change_and_go()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "fees"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "fees", "drill.md"), "A drill costs four coins.");
        await File.WriteAllTextAsync(Path.Combine(_folder, "notes.bin"), "not taken");
        await using var rag = new RagUnderTest(Watching());

        DocumentRecord first = await DocumentAsync(rag, d => d is { Key: "fees/drill.md", State: DocumentStates.Indexed });
        await File.WriteAllTextAsync(Path.Combine(_folder, "fees", "drill.md"), "A drill costs eleven coins now.");
        DocumentRecord second = await DocumentAsync(rag, d => d is { Version: 2, State: DocumentStates.Indexed });
        File.Delete(Path.Combine(_folder, "fees", "drill.md"));
        await UntilAsync(async () => (await rag.Rag.GetDocumentsAsync()).Data.Count == 0);

        Assert.Equal(first.Id, second.Id);
        Assert.Equal("watch", first.Source);
        Assert.Empty(await rag.FoundAsync("drill"));
    }

    [Fact]
    public async Task What_went_while_the_service_was_away_is_forgotten_but_not_when_the_folder_is_away()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "a.txt"), "Alpha stays.");
        await File.WriteAllTextAsync(Path.Combine(_folder, "b.txt"), "Beta goes.");
        await using var before = new RagUnderTest(Watching());
        await UntilAsync(async () => (await before.Rag.GetDocumentsAsync(
            new DocumentQuery(State: DocumentStates.Indexed))).Data.Count == 2);
        File.Delete(Path.Combine(_folder, "b.txt"));

        RagUnderTest after = await before.RestartAsync(Watching());
        await UntilAsync(async () => (await after.Rag.GetDocumentsAsync()).Data.Count == 1);
        RagUnderTest away = await after.RestartAsync(
            new Dictionary<string, string> { ["Rag:Watch"] = _folder + "-away", ["Rag:WatchEvery"] = "00:00:00.100" });
        await Task.Delay(300);

        Assert.Equal(["a.txt"], (await away.Rag.GetDocumentsAsync()).Data.Select(d => d.Key));
        await away.DisposeAsync();
    }

    private Dictionary<string, string> Watching() => new()
    {
        ["Rag:Watch"] = _folder,
        ["Rag:WatchEvery"] = "00:00:00.200",
    };

    private static async Task<DocumentRecord> DocumentAsync(RagUnderTest rag, Predicate<DocumentRecord> wanted)
    {
        DocumentRecord? found = null;
        await UntilAsync(async () =>
        {
            found = (await rag.Rag.GetDocumentsAsync()).Data.FirstOrDefault(document => wanted(document));
            return found is not null;
        });
        return found!;
    }

    private static async Task UntilAsync(Func<Task<bool>> isDone)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await isDone())
        {
            await Task.Delay(50, patience.Token);
        }
    }
}
