using System.Text;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Tests;

/// <summary>The whole service on a temporary folder, with an encoder that needs no model.</summary>
internal sealed class RagUnderTest : IAsyncDisposable
{
    private readonly string _folder;
    private readonly WebApplicationFactory<Program> _factory;

    public RagUnderTest(
        IReadOnlyDictionary<string, string>? settings = null, string? folder = null, IEmbedder? embedder = null)
    {
        _folder = folder ?? Directory.CreateTempSubdirectory("ratchet-rag-").FullName;
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(builder =>
        {
            builder.UseSetting("Ratchet:Data", _folder);
            builder.UseSetting("Chunking:TokensPerChunk", "40");
            builder.UseSetting("Logging:LogLevel:Default", "Warning");
            foreach ((string name, string value) in settings ?? new Dictionary<string, string>())
            {
                builder.UseSetting(name, value);
            }

            builder.ConfigureTestServices(services =>
            {
                services.RemoveAll<IEmbedder>();
                services.RemoveAll<ITokenCounter>();
                services.AddSingleton(embedder ?? new WordEmbedder());
                services.AddSingleton<ITokenCounter, WordCounter>();
            });
        });
        Http = _factory.CreateClient();
        Rag = new RagClient(Http);
    }

    public HttpClient Http { get; }

    public RagClient Rag { get; }

    public IServiceProvider Services => _factory.Services;

    /// <summary>The folder that Ratchet:Data names.</summary>
    public string DataFolder => _folder;

    /// <summary>A copy of the folder as it lies on the disk now: what a kill at this moment would leave.</summary>
    public string CopyAsKilled()
    {
        string copy = Directory.CreateTempSubdirectory("ratchet-rag-").FullName;
        string from = Path.Combine(_folder, "rag");
        string to = Directory.CreateDirectory(Path.Combine(copy, "rag")).FullName;
        foreach (string file in Directory.EnumerateFiles(from).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
        {
            if (Path.GetFileName(file) != ".lock")
            {
                using FileStream source = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using FileStream target = File.Create(Path.Combine(to, Path.GetFileName(file)));
                source.CopyTo(target);
            }
        }

        return copy;
    }

    public async Task<DocumentRecord> PushAsync(
        string key, string text, string? collection = null, string? split = null, string? mediaType = null)
    {
        DocumentRecord pushed = await Rag.PushDocumentAsync(
            new DocumentPush(text, key, collection, Split: split, MediaType: mediaType));
        return await IndexedAsync(pushed.Id);
    }

    public async Task<DocumentRecord> UploadAsync(string fileName, string text, DocumentUpload? about = null)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        DocumentRecord uploaded = await Rag.UploadDocumentAsync(content, fileName, about);
        return await IndexedAsync(uploaded.Id);
    }

    public async Task<DocumentRecord> IndexedAsync(string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        while (true)
        {
            DocumentRecord document = await Rag.GetDocumentAsync(id, withText: false, patience.Token);
            if (document.State != DocumentStates.Indexing)
            {
                return document;
            }

            await Task.Delay(10, patience.Token);
        }
    }

    public async Task<ExampleRecord> AddAsync(
        string question, string answer, string? documentKey = null, string? split = Splits.Train,
        string? state = ExampleStates.Approved, string? collection = null)
    {
        ExamplesAdded added = await Rag.AddExamplesAsync(new ExamplesRequest(
            [new ExampleInput(question, answer, collection, documentKey, split, state)]));
        return added.Data[0];
    }

    public async Task<List<string>> FoundAsync(string query, string? collection = null) =>
        [.. (await Rag.SearchAsync(new SearchRequest(query, collection))).Data.Select(hit => hit.Document.Key)];

    /// <summary>Stops the service and starts it again on the same folder.</summary>
    public async Task<RagUnderTest> RestartAsync(
        IReadOnlyDictionary<string, string>? settings = null, IEmbedder? embedder = null)
    {
        await StopAsync();
        return new RagUnderTest(settings, _folder, embedder);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        SqliteConnection.ClearAllPools();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task StopAsync()
    {
        Http.Dispose();
        await _factory.DisposeAsync();
    }
}
