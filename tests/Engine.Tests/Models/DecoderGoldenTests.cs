using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Models;

/// <summary>The bundled language model inside against transformers in float32 (its answers: InferenceBackendContract), and its int8 path against llama.cpp's distance from that.</summary>
[Trait("Category", "Golden")]
public sealed class DecoderGoldenTests
{
    // golden/smollm2/README.md
    private const float HiddenRtol = 2e-3f;

    private sealed record LikelihoodRow(int[] Ids, float[] Logprobs);

    private sealed record Likelihoods(LikelihoodRow[] Rows, int Tokens, double Perplexity);

    private sealed record Distance(double KlMean, double KlP99, double KlMax, double Top1Agreement);

    [Fact]
    public void Hidden_states_of_every_layer_match_transformers()
    {
        using var golden = SafetensorsFile.Open(Golden.PathOf("smollm2/hidden.safetensors"));
        int[] ids = Golden.Read<Likelihoods>("smollm2/likelihood.json").Rows[0].Ids[..32];
        var states = new Dictionary<int, float[]>();
        using var runner = new DecoderRunner(Bundled.Decoder, Precision.Float32, 32)
        {
            HiddenObserver = (state, values) => states[state] = values.ToArray(),
        };
        using ISequenceCache cache = runner.CreateCache(32);
        runner.Forward([new SequencePiece(cache, ids)]);

        int hidden = Bundled.Decoder.Config.HiddenSize;
        Assert.Equal(31, states.Keys.Count(state => state >= 0));
        for (int state = 0; state <= 30; state++)
        {
            float[] expected = golden.ReadFloats($"hidden.{state:D2}");
            for (int row = 0; row < ids.Length; row++)
            {
                float[] own = expected[(row * hidden)..((row + 1) * hidden)];
                float norm = MathF.Sqrt(own.Sum(v => v * v));
                Span<float> actual = states[state].AsSpan(row * hidden, hidden);
                System.Numerics.Tensors.TensorPrimitives.Divide(actual, norm, actual);
                GoldenNumber.Close("smollm2: hidden states over their norm", [.. own.Select(v => v / norm)], actual, HiddenRtol, $"state {state}, row {row}");
            }
        }
    }

    // A third of what llama.cpp keeps.
    private const double Bfloat16KlMean = 0.001;

    // Prompts in bfloat16 as they are read with AMX: the numbers of what is written are the same int8.
    [Theory]
    [InlineData(null)]
    [InlineData(Precision.BFloat16)]
    public void Int8_is_no_farther_from_float32_than_llama_cpp(Precision? promptPrecision)
    {
        Distance bound = Golden.Read<Distance>("smollm2/llama-cpp.json");
        LikelihoodRow[] rows = Golden.Read<Likelihoods>("smollm2/likelihood.json").Rows[..8];
        using var exact = new DecoderRunner(Bundled.Decoder, Precision.Float32, 256);
        using var fast = new DecoderRunner(Bundled.Decoder, Precision.Int8, 256, promptPrecision);
        var divergences = new List<double>();
        int agreed = 0;
        foreach (LikelihoodRow row in rows)
        {
            using ISequenceCache exactCache = exact.CreateCache(row.Ids.Length);
            using ISequenceCache fastCache = fast.CreateCache(row.Ids.Length);
            exact.Forward([new SequencePiece(exactCache, row.Ids, null, LogitRows.All)]);
            fast.Forward([new SequencePiece(fastCache, row.Ids, null, LogitRows.All)]);
            for (int i = 0; i < row.Ids.Length; i++)
            {
                divergences.Add(Divergence(exact.Logits(i), fast.Logits(i)));
                agreed += Argmax(exact.Logits(i)) == Argmax(fast.Logits(i)) ? 1 : 0;
            }
        }

        divergences.Sort();
        Assert.InRange(divergences.Average(), 0, bound.KlMean);
        Assert.InRange(divergences[(int)(0.99 * (divergences.Count - 1))], 0, bound.KlP99);
        Assert.InRange(divergences[^1], 0, bound.KlMax);
        if (promptPrecision != null)
        {
            // Products and attention of prompts in bfloat16: well within, the head being int8.
            Assert.InRange(divergences.Average(), 0, Bfloat16KlMean);
            Assert.InRange(divergences[^1], 0, bound.KlMax / 2);
        }

        Assert.InRange((double)agreed / divergences.Count, bound.Top1Agreement, 1);
    }

    // Far less than what int8 does: what differs between one run of int8 and another is which roundings fall the other way.
    private const double CacheKlMean = 1e-6;
    private const double CacheKlMax = 1e-4;

    [Fact]
    public void Caches_of_integers_alone_move_next_to_nothing()
    {
        LikelihoodRow[] rows = Golden.Read<Likelihoods>("smollm2/likelihood.json").Rows[..3];
        using var exact = new DecoderRunner(Bundled.Decoder, Precision.Float32, 256);
        using var cached = new DecoderRunner(Bundled.Decoder, Precision.Float32, 256, null, CachePrecision.Int16);
        var divergences = new List<double>();
        foreach (LikelihoodRow row in rows)
        {
            using ISequenceCache exactCache = exact.CreateCache(row.Ids.Length);
            using ISequenceCache cache = cached.CreateCache(row.Ids.Length);
            exact.Forward([new SequencePiece(exactCache, row.Ids, null, LogitRows.All)]);
            cached.Forward([new SequencePiece(cache, row.Ids, null, LogitRows.All)]);
            divergences.AddRange(Enumerable.Range(0, row.Ids.Length).Select(i => Divergence(exact.Logits(i), cached.Logits(i))));
        }

        // Not zero, or single precision was compared with itself.
        Assert.InRange(divergences.Average(), 1e-10, CacheKlMean);
        Assert.InRange(divergences.Max(), 0, CacheKlMax);
    }

    private static double Divergence(ReadOnlySpan<float> p, ReadOnlySpan<float> q)
    {
        double pSum = SoftmaxKernel.LogSumExp(p);
        double qSum = SoftmaxKernel.LogSumExp(q);
        double sum = 0;
        for (int i = 0; i < p.Length; i++)
        {
            double logP = p[i] - pSum;
            sum += Math.Exp(logP) * (logP - (q[i] - qSum));
        }

        return sum;
    }

    private static int Argmax(ReadOnlySpan<float> logits) => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits);
}
