using Ratchet.Contracts.Rag;

namespace Ratchet.Gateway.Chat;

/// <summary>Passages that functions found while a question was answered, each once, in the order of their finding.</summary>
public sealed class ToolFindings
{
    private readonly List<SearchHit> _hits = [];

    public IReadOnlyList<SearchHit> Hits => _hits;

    public void Add(IEnumerable<SearchHit> hits)
    {
        foreach (SearchHit hit in hits)
        {
            if (!_hits.Exists(known => known.Chunk.Id == hit.Chunk.Id))
            {
                _hits.Add(hit);
            }
        }
    }
}
