using System.Globalization;
using Ratchet.RagService.Index;
using Ratchet.RagService.Infrastructure.Embedded;
using Ratchet.RagService.Ports;

namespace Ratchet.Engine.Benchmarks;

/// <summary>Chunks of made text with made vectors, in the stores that the service of the embedded stack has.</summary>
internal sealed class SearchCorpus : IDisposable
{
    private const int Dimensions = 384;
    private const int PerDocument = 20;

    private readonly EmbeddedVectorStore _vectors = new();
    private readonly KeywordIndex _keywords = new();
    private readonly (float[] Vector, string Text)[] _new;
    private readonly float[] _query;
    private readonly List<string> _words;

    public SearchCorpus(int chunks)
    {
        var text = new MadeText(3);
        var random = new Random(3);
        for (int first = 0; first < chunks; first += PerDocument)
        {
            (float[], string)[] document = [.. Enumerable.Range(0, PerDocument).Select(_ => (Vector(random), text.Paragraph(5)))];
            AddAsync(first, document).GetAwaiter().GetResult();
        }

        _new = [.. Enumerable.Range(0, PerDocument).Select(_ => (Vector(random), text.Paragraph(5)))];
        _query = Vector(random);
        _words = SearchTokens.Of(text.Paragraph(1));
    }

    public async Task<int> ByMeaningAsync(int limit) => (await _vectors.SearchAsync(_query, limit, ChunkFilter.None, CancellationToken.None)).Count;

    public int ByWords(int limit) => _keywords.Search(_words, limit, ChunkFilter.None).Count;

    public async Task<int> FusedAsync(int limit)
    {
        IReadOnlyList<VectorMatch> meaning = await _vectors.SearchAsync(_query, limit, ChunkFilter.None, CancellationToken.None);
        IReadOnlyList<KeywordMatch> words = _keywords.Search(_words, limit, ChunkFilter.None);
        return RankFusion.Reciprocal<string>(
            [[.. meaning.Select(match => match.ChunkId)], [.. words.Select(match => match.ChunkId)]], [1, 1], StringComparer.Ordinal).Count;
    }

    /// <summary>A document more, and away again.</summary>
    public async Task<int> AddAndRemoveAsync()
    {
        await AddAsync(-PerDocument, _new);
        _keywords.RemoveDocument(Name(-PerDocument));
        await _vectors.RemoveDocumentAsync(Name(-PerDocument), CancellationToken.None);
        return _new.Length;
    }

    public void Dispose()
    {
        _vectors.Dispose();
        _keywords.Dispose();
    }

    private async Task AddAsync(int first, (float[] Vector, string Text)[] document)
    {
        var labels = new ChunkLabels(Name(first), "default", new Dictionary<string, string>());
        await _vectors.UpsertAsync([.. document.Select((chunk, i) => new VectorEntry(Id(i), labels, chunk.Vector, chunk.Text))], CancellationToken.None);
        for (int i = 0; i < document.Length; i++)
        {
            _keywords.Upsert(Id(i), labels, SearchTokens.Of(document[i].Text));
        }

        string Id(int i) => (first + i).ToString(CultureInfo.InvariantCulture);
    }

    private static string Name(int first) => $"doc-{first}";

    private static float[] Vector(Random random) => [.. Enumerable.Range(0, Dimensions).Select(_ => random.NextSingle() - 0.5f)];
}
