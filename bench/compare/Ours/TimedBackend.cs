using System.Diagnostics;
using Ratchet.Engine.Models;

namespace Ratchet.Ours;

/// <summary>Notes when each pass ended: between two of them every stream that is being written waits for its next token.</summary>
internal sealed class TimedBackend(IInferenceBackend inner) : IInferenceBackend
{
    private readonly Lock _gate = new();
    private readonly List<long> _ends = [];

    public ModelConfig Config => inner.Config;

    public int TokensMax => inner.TokensMax;

    public int LogitRowCount => inner.LogitRowCount;

    /// <summary>The ends of all passes so far, as Stopwatch has them.</summary>
    public long[] Ends()
    {
        lock (_gate)
        {
            return [.. _ends];
        }
    }

    public ISequenceCache CreateCache(int capacity) => inner.CreateCache(capacity);

    public long CacheBytesOf(int capacity) => inner.CacheBytesOf(capacity);

    public void Forward(ReadOnlySpan<SequencePiece> pieces)
    {
        inner.Forward(pieces);
        lock (_gate)
        {
            _ends.Add(Stopwatch.GetTimestamp());
        }
    }

    public ReadOnlySpan<float> Logits(int row) => inner.Logits(row);

    public void Score(ReadOnlySpan<SequencePiece> pieces, Span<float> logProbabilities) => inner.Score(pieces, logProbabilities);

    public void Dispose() => inner.Dispose();
}
