using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Kernels;

namespace Ratchet.Engine.Tests.Models;

/// <summary>Caches whose tokens lie in blocks: every number has a place of its own, copies fit caches of other sizes, attention finds its keys.</summary>
public sealed unsafe class KeyValueCacheTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(256)]
    [InlineData(600)]
    public void Every_token_has_its_place_and_a_copy_has_the_same_numbers(int capacity)
    {
        using DecoderModel model = TinyModel.Create();
        ModelConfig config = model.Config;
        using var cache = new KeyValueCache(config, capacity);
        Assert.InRange(KeyValueCache.BytesOf(config, capacity), 2L * config.LayerCount * config.KeyValueSize * sizeof(float) * capacity, long.MaxValue);
        int number = 1;
        Each(cache, config, capacity, at => *at = number++);
        number = 1;
        Each(cache, config, capacity, at => Assert.Equal(number++, *at));
        cache.Advance(capacity);

        foreach (int length in new[] { 1, 63, 64, 130, 256, 257, 600 }.Where(length => length <= capacity))
        {
            foreach (int other in (int[])[length, length + 70, 1000])
            {
                using var copy = new KeyValueCache(config, other);
                copy.CopyFrom(cache, length);
                Assert.Equal(length, copy.Length);
                var expected = new List<float>();
                Each(cache, config, length, at => expected.Add(*at));
                var actual = new List<float>();
                Each(copy, config, length, at => actual.Add(*at));
                Assert.Equal(expected, actual);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(256)]
    [InlineData(600)]
    public void In_integers_every_token_has_its_place_too_and_a_copy_has_the_same_numbers(int capacity)
    {
        using DecoderModel model = TinyModel.Create();
        ModelConfig config = model.Config;
        using var cache = new KeyValueCache(config, capacity, CachePrecision.Int16);
        float[] expected = Written(cache, config, capacity);
        Assert.Equal(expected, Read(cache, config, capacity));
        cache.Advance(capacity);
        foreach (int length in new[] { 1, 63, 64, 130, 256, 257, 600 }.Where(length => length <= capacity))
        {
            foreach (int other in (int[])[length, length + 70, 1000])
            {
                using var copy = new KeyValueCache(config, other, CachePrecision.Int16);
                copy.CopyFrom(cache, length);
                Assert.Equal(length, copy.Length);
                Assert.Equal(Read(cache, config, length), Read(copy, config, length));
            }
        }
    }

    [Fact]
    public void Integers_take_half_the_memory_and_a_scale()
    {
        ModelConfig config = Bundled.Decoder.Config;
        long floats = KeyValueCache.BytesOf(config, 1024);
        Assert.Equal(floats * (config.HeadSize + 2) / (2 * config.HeadSize), KeyValueCache.BytesOf(config, 1024, CachePrecision.Int16));
    }

    [Theory]
    [InlineData(64, Precision.Float32)]
    [InlineData(256, Precision.Float32)]
    [InlineData(64, Precision.BFloat16)]
    [InlineData(256, Precision.BFloat16)]
    public void Attention_with_gaps_between_keys_has_the_same_bits(int together, Precision precision)
    {
        const int Keys = 330;
        const int Size = 32;
        const int Gap = 48;
        float[] query = Numbers.Random(Keys * Size, 1);
        float[] key = Numbers.Random(Keys * Size, 2);
        float[] value = Numbers.Random(Keys * Size, 3);
        float[] apartKey = Apart(key);
        float[] apartValue = Apart(value);
        foreach (int queries in (int[])[1, 70, Keys])
        {
            float[] expected = new float[queries * Size];
            float[] actual = new float[queries * Size];
            fixed (float* q = query, k = key, v = value, ak = apartKey, av = apartValue, e = expected, a = actual)
            {
                var segment = new AttentionSegment { Query = q, Key = k, Value = v, Output = e, QueryCount = queries, KeyCount = Keys, KeyStride = Size };
                AttentionKernel.Forward(&segment, 1, new AttentionShape(1, 1, Size, IsCausal: true), precision);
                segment.Key = ak;
                segment.Value = av;
                segment.Output = a;
                segment.KeysTogether = together;
                segment.TogetherStride = (together * Size) + Gap;
                AttentionKernel.Forward(&segment, 1, new AttentionShape(1, 1, Size, IsCausal: true), precision);
            }

            Assert.Equal(expected, actual);
        }

        float[] Apart(float[] numbers)
        {
            float[] apart = [.. Enumerable.Repeat(float.NaN, numbers.Length + (Gap * (Keys / together)))];
            for (int i = 0; i < Keys; i++)
            {
                numbers.AsSpan(i * Size, Size).CopyTo(apart.AsSpan((i * Size) + (i / together * Gap)));
            }

            return apart;
        }
    }

    private delegate void Visit(float* at);

    // A number of its own for each key and value, in the order in which they are read; rows of one number are read back within 1e-4 of it.
    private static float[] Written(KeyValueCache cache, ModelConfig config, int tokens)
    {
        float* row = stackalloc float[config.HeadSize];
        int number = 0;
        EachBlock(cache, config, tokens, (block, token, isKey) =>
        {
            new Span<float>(row, config.HeadSize).Fill(++number);
            if (isKey)
            {
                WordPanels.PutKey(block, token, row, config.HeadSize);
            }
            else
            {
                WordPanels.PutValue(block, token, row, config.HeadSize);
            }
        });
        return [.. Enumerable.Range(1, number).Select(i => (float)i)];
    }

    private static float[] Read(KeyValueCache cache, ModelConfig config, int tokens)
    {
        var numbers = new List<float>();
        float* row = stackalloc float[WordPanels.Padded(config.HeadSize)];
        EachBlock(cache, config, tokens, (block, token, isKey) =>
        {
            if (isKey)
            {
                WordPanels.GetKeys(row, WordPanels.Padded(config.HeadSize), block, token, 1, config.HeadSize);
            }
            else
            {
                WordPanels.GetValues(row, WordPanels.Padded(config.HeadSize), block, token, 1, config.HeadSize);
            }

            Assert.All(Enumerable.Range(0, config.HeadSize), i => Assert.Equal(row[0], row[i]));
            numbers.Add(MathF.Round(row[0]));
        });
        return [.. numbers];
    }

    private delegate void VisitBlock(float* block, int token, bool isKey);

    private static void EachBlock(KeyValueCache cache, ModelConfig config, int tokens, VisitBlock visit)
    {
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            for (int head = 0; head < config.KeyValueHeadCount; head++)
            {
                for (int token = 0; token < tokens; token++)
                {
                    long place = (head * cache.HeadFloats) + cache.PlaceOf(token / 64 * 64);
                    visit(cache.Keys(layer) + place, token % 64, true);
                    visit(cache.Values(layer) + place, token % 64, false);
                }
            }
        }
    }

    private static void Each(KeyValueCache cache, ModelConfig config, int tokens, Visit visit)
    {
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            foreach (nint first in (nint[])[(nint)cache.Keys(layer), (nint)cache.Values(layer)])
            {
                for (int head = 0; head < config.KeyValueHeadCount; head++)
                {
                    for (int token = 0; token < tokens; token++)
                    {
                        float* at = (float*)first + (head * cache.HeadFloats) + cache.PlaceOf(token);
                        visit(at);
                        visit(at + config.HeadSize - 1);
                    }
                }
            }
        }
    }
}
