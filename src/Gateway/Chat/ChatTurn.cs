using System.Text.Json.Nodes;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Models;
using Ratchet.ServiceDefaults.Telemetry;

namespace Ratchet.Gateway.Chat;

/// <summary>One request on its way through the chain: what came, what was decided, what was found, what was answered.</summary>
/// <param name="request">As it came; the prompt step puts passages into its last message.</param>
/// <param name="caller">Who asks.</param>
/// <param name="site">Scheme and host that citations point to, for example http://localhost:5380.</param>
/// <param name="createdAt">When it came.</param>
public sealed class ChatTurn(ChatCompletionRequest request, Caller caller, string site, DateTimeOffset createdAt) : IAsyncDisposable
{
    private readonly List<IDisposable> _owned = [];

    public ChatCompletionRequest Request { get; } = request;

    public Caller Caller { get; } = caller;

    public string Site { get; } = site;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    /// <summary>The messages before any passage was put into them.</summary>
    public IReadOnlyList<ChatMessage> Asked { get; } = [.. request.Messages ?? []];

    /// <summary>The last thing the user said, where it is text; else the turn is not grounded.</summary>
    public string? Question { get; set; }

    public ResolvedModel? Model { get; set; }

    /// <summary>Set where another model than the one resolved answers.</summary>
    public FallbackTrace? Fallback { get; set; }

    /// <summary>Whether the answer comes from a server whose models are not ours: it says itself what its model is called.</summary>
    public bool IsForeign { get; set; }

    public RetrievalWish Retrieval { get; set; } = RetrievalWish.Default;

    /// <summary>False where retrieval found nothing that answers; null where it was not asked.</summary>
    public bool? Answerable { get; set; }

    /// <summary>The passages in the prompt, the best first.</summary>
    public IReadOnlyList<SearchHit> Hits { get; set; } = [];

    /// <summary>What functions found before; the model knows it from the conversation, so an answer may rest on it.</summary>
    public ToolFindings Findings { get; init; } = new();

    /// <summary>All that the answer may rest on: it is cited from here, and forgotten with any of it.</summary>
    public IReadOnlyList<SearchHit> Sources => Findings.Hits.Count == 0
        ? Hits
        : [.. Hits, .. Findings.Hits.Where(found => !Hits.Any(hit => hit.Chunk.Id == found.Chunk.Id))];

    /// <summary>Version of the corpus that the passages came from; null where retrieval was not asked.</summary>
    public long? CorpusVersion { get; set; }

    /// <summary>Under which the answer may be given again; null where it may not.</summary>
    public string? CacheKey { get; set; }

    /// <summary>True where the answer was given before.</summary>
    public bool IsCached { get; set; }

    /// <summary>The whole answer, where the request does not stream.</summary>
    public JsonObject? Completion { get; set; }

    /// <summary>The answer in pieces, where it streams.</summary>
    public IAsyncEnumerable<JsonObject>? Stream { get; set; }

    /// <summary>True once there is an answer, be it from the model or from a cache.</summary>
    public bool IsAnswered => Completion is not null || Stream is not null;

    /// <summary>The span of this chat, and what it took.</summary>
    public GenAiCall? Call { get; set; }

    /// <summary>What stood behind the answer, for x_ratchet.</summary>
    public RetrievalTrace Trace() => new()
    {
        Adapter = Model?.Adapter,
        Answerable = Answerable,
        Fallback = Fallback,
        Cached = IsCached ? true : null,
        Chunks = [.. Sources.Select(hit => new TracedChunk(hit.Chunk.Id, hit.Document.Id, hit.Score)
        {
            Title = hit.Document.Title ?? hit.Document.Key,
            Text = hit.Chunk.Text,
        })],
    };

    /// <summary>Hands over something that must live as long as the answer is read.</summary>
    public void Own(IDisposable resource) => _owned.Add(resource);

    public ValueTask DisposeAsync()
    {
        for (int i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        _owned.Clear();
        return ValueTask.CompletedTask;
    }
}
