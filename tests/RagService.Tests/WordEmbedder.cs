using Ratchet.RagService.Index;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Tests;

/// <summary>Puts each word at a fixed place, and a text where its words add up to: near where words are shared.</summary>
internal sealed class WordEmbedder(string id = "words") : IEmbedder
{
    private int _textCount;

    public string EncoderId => id;

    public int Dimensions => 64;

    /// <summary>How many texts have been embedded.</summary>
    public int TextCount => _textCount;

    public Task<IReadOnlyList<float[]>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        Interlocked.Add(ref _textCount, texts.Count);
        return Task.FromResult<IReadOnlyList<float[]>>([.. texts.Select(Embed)]);
    }

    public double KnownShare(string text)
    {
        List<string> words = SearchTokens.Of(text);
        return words.Count == 0 ? 1 : (double)words.Count(word => word.All(char.IsAscii)) / words.Count;
    }

    private float[] Embed(string text)
    {
        float[] sum = new float[Dimensions];
        foreach (string word in SearchTokens.Of(text))
        {
            // FNV-1a: the same in every process, unlike string.GetHashCode.
            uint hash = 2166136261;
            foreach (char letter in id + word)
            {
                hash = (hash ^ letter) * 16777619;
            }

            var place = new Random((int)hash);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += (float)((place.NextDouble() * 2) - 1);
            }
        }

        double length = Math.Sqrt(sum.Sum(value => (double)value * value));
        return length == 0 ? sum : [.. sum.Select(value => (float)(value / length))];
    }
}
