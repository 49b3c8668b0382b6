using Ratchet.Engine.Models;

namespace Ratchet.Engine.Tests.Inference;

/// <summary>A backend whose logits depend on every id that a sequence has seen, so that a wrong cache shows at once.</summary>
/// <param name="config">Sizes.</param>
/// <param name="tokensMax">Tokens of a pass.</param>
/// <param name="memory">Only so many of the last ids count: what stood before is written again then.</param>
internal sealed class CountingBackend(ModelConfig config, int tokensMax, int memory = int.MaxValue) : IInferenceBackend
{
    private readonly List<float[]> _rows = [];

    public ModelConfig Config { get; } = config;

    public int TokensMax { get; } = tokensMax;

    public int LogitRowCount => _rows.Count;

    public int PassCount { get; private set; }

    public int TokensRead { get; private set; }

    public int LargestPass { get; private set; }

    /// <summary>Held by a test to keep the engine in a pass.</summary>
    public ManualResetEventSlim Open { get; } = new(true);

    /// <summary>Sizes that fit <see cref="LetterTokenizer"/>.</summary>
    public static ModelConfig OfLetters(int contextLength) => new()
    {
        Architecture = "llama",
        VocabularySize = 26,
        HiddenSize = 8,
        FeedForwardSize = 8,
        LayerCount = 1,
        HeadCount = 1,
        KeyValueHeadCount = 1,
        HeadSize = 8,
        ContextLength = contextLength,
        NormEpsilon = 1e-5f,
    };

    public ISequenceCache CreateCache(int capacity) => new Cache(capacity);

    public void Forward(ReadOnlySpan<SequencePiece> pieces)
    {
        Open.Wait();
        _rows.Clear();
        PassCount++;
        LargestPass = Math.Max(LargestPass, pieces.Length);
        int tokens = 0;
        foreach (SequencePiece piece in pieces)
        {
            var cache = (Cache)piece.Cache;
            cache.Ids.AddRange(piece.Tokens.Span);
            tokens += piece.Tokens.Length;
            Assert.True(cache.Ids.Count <= cache.Capacity);
            int rows = piece.Rows switch { LogitRows.All => piece.Tokens.Length, LogitRows.Last => 1, _ => 0 };
            for (int unseen = rows - 1; unseen >= 0; unseen--)
            {
                _rows.Add(LogitsOf(cache.Ids.SkipLast(unseen).TakeLast(memory)));
            }
        }

        Assert.True(tokens <= TokensMax);
        TokensRead += tokens;
    }

    public ReadOnlySpan<float> Logits(int row) => _rows[row];

    public void Score(ReadOnlySpan<SequencePiece> pieces, Span<float> logProbabilities) =>
        throw new NotSupportedException("The engine does not score.");

    public void Dispose() => Open.Dispose();

    private float[] LogitsOf(IEnumerable<int> ids)
    {
        float[] logits = new float[Config.VocabularySize];
        uint hash = 17;
        foreach (int id in ids)
        {
            hash = (hash * 31) + (uint)id;
        }

        for (int i = 0; i < logits.Length; i++)
        {
            hash = (hash * 1664525) + 1013904223;
            logits[i] = (hash >> 8) / (float)(1 << 22);
        }

        return logits;
    }

    private sealed class Cache(int capacity) : ISequenceCache
    {
        public List<int> Ids { get; } = [];

        public int Length => Ids.Count;

        public int Capacity { get; } = capacity;

        public void Truncate(int length) => Ids.RemoveRange(length, Ids.Count - length);

        public void CopyFrom(ISequenceCache other, int length)
        {
            Ids.Clear();
            Ids.AddRange(((Cache)other).Ids.Take(length));
        }

        public void Dispose()
        {
        }
    }
}
