using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Models;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Contracts;

/// <summary>What every <see cref="IInferenceBackend"/> does, in single precision; golden numbers are those of transformers.</summary>
public abstract class InferenceBackendContract
{
    // golden/smollm2/README.md
    private const float FirstLogProbabilityAtol = 2e-3f;
    private const float LikelihoodAtol = 5e-3f;
    private const double PerplexityRtol = 1e-4;
    private const float DecidedMargin = 0.02f;

    private static readonly ReadOnlyMemory<int> Text = new[] { 1, 43, 19, 80, 14, 60, 35, 82, 49, 47, 2, 19, 1, 20, 31, 19, 54, 75 };

    private sealed record GreedyCase(int[] Ids, int[] TopIds, float[] TopLogprobs, int[] GreedyIds, float[] GreedyMargins);

    private sealed record LikelihoodRow(int[] Ids, float[] Logprobs);

    private sealed record Likelihoods(LikelihoodRow[] Rows, int Tokens, double Perplexity);

    public static TheoryData<string> Families => GoldenModel.Decoders;

    /// <summary>How far the logits of a row may move with the rows beside it; 0 where they may not at all.</summary>
    protected abstract float NeighbourAtol { get; }

    protected abstract IInferenceBackend Create(DecoderModel model, int tokensMax);

    [Fact]
    [Trait("Category", "Golden")]
    public void Greedy_text_and_first_log_probabilities_match_transformers()
    {
        using IInferenceBackend backend = Create(Bundled.Decoder, 256);
        foreach (GreedyCase golden in Golden.Read<GreedyCase[]>("smollm2/greedy.json"))
        {
            using ISequenceCache cache = backend.CreateCache(golden.Ids.Length + golden.GreedyIds.Length);
            backend.Forward([new SequencePiece(cache, golden.Ids)]);
            float logSum = SoftmaxKernel.LogSumExp(backend.Logits(0));
            for (int i = 0; i < golden.TopIds.Length; i++)
            {
                GoldenNumber.Near(
                    "smollm2: first log-probabilities", golden.TopLogprobs[i], backend.Logits(0)[golden.TopIds[i]] - logSum, FirstLogProbabilityAtol, 0, $"place {i}");
            }

            int[] next = new int[1];
            for (int step = 0; step < golden.GreedyIds.Length; step++)
            {
                next[0] = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(backend.Logits(0));
                if (golden.GreedyMargins[step] < DecidedMargin)
                {
                    break;
                }

                Assert.Equal(golden.GreedyIds[step], next[0]);
                if (step + 1 < golden.GreedyIds.Length)
                {
                    backend.Forward([new SequencePiece(cache, next)]);
                }
            }
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Likelihood_of_text_matches_transformers()
    {
        Likelihoods golden = Golden.Read<Likelihoods>("smollm2/likelihood.json");
        using IInferenceBackend backend = Create(Bundled.Decoder, 512);
        double total = 0;
        for (int first = 0; first < golden.Rows.Length; first += 2)
        {
            LikelihoodRow[] rows = golden.Rows[first..Math.Min(first + 2, golden.Rows.Length)];
            ISequenceCache[] caches = [.. rows.Select(r => backend.CreateCache(r.Ids.Length))];
            SequencePiece[] pieces =
            [
                .. rows.Select((r, i) => new SequencePiece(caches[i], r.Ids, null, LogitRows.None, (int[])[.. r.Ids[1..], -1])),
            ];
            float[] actual = new float[rows.Sum(r => r.Ids.Length)];
            backend.Score(pieces, actual);
            Assert.Equal(0, backend.LogitRowCount);
            int at = 0;
            foreach (LikelihoodRow row in rows)
            {
                float[] own = actual[at..(at + row.Ids.Length - 1)];
                GoldenNumber.Close("smollm2: log-probabilities", row.Logprobs, own, LikelihoodAtol, "log-probabilities");
                Assert.Equal(0f, actual[at + row.Ids.Length - 1]);
                total -= own.Sum(v => (double)v);
                at += row.Ids.Length;
            }

            Array.ForEach(caches, cache => cache.Dispose());
        }

        double perplexity = Math.Exp(total / golden.Tokens);
        Assert.InRange(perplexity / golden.Perplexity, 1 - PerplexityRtol, 1 + PerplexityRtol);
    }

    // F43: every family, its rows together, then one of them in pieces through the cache.
    [Theory(SkipTestWithoutData = true)]
    [Trait("Category", "Golden")]
    [MemberData(nameof(Families))]
    public void Logits_of_every_family_match_transformers(string family)
    {
        using var golden = new GoldenModel(family);
        using IInferenceBackend backend = Create(golden.Model, 256);
        float atol = golden.Atol("logits");
        ISequenceCache[] caches = [.. golden.Facts.Lengths.Select(backend.CreateCache)];
        backend.Forward([.. caches.Select((cache, row) => new SequencePiece(cache, golden.Row(row), null, LogitRows.All))]);
        int at = 0;
        for (int row = 0; row < caches.Length; row++)
        {
            TensorAssert.Close(golden.Logits(row), Rows(backend, at, golden.Facts.Lengths[row]), atol, 0f, $"{family}, row {row}");
            at += golden.Facts.Lengths[row];
            caches[row].Dispose();
        }

        int[] ids = golden.Row(0);
        using ISequenceCache through = backend.CreateCache(ids.Length);
        var pieces = new List<float>();
        foreach (int chunk in golden.Facts.DecodingChunks)
        {
            backend.Forward([new SequencePiece(through, ids.AsMemory(through.Length, chunk), null, LogitRows.All)]);
            pieces.AddRange(Rows(backend, 0, chunk));
        }

        TensorAssert.Close(golden.Logits(0), pieces.ToArray(), atol, 0f, $"{family}, in pieces");
    }

    [Fact]
    public void A_text_through_the_cache_gives_the_logits_of_one_pass()
    {
        using DecoderModel model = TinyModel.Create();
        using IInferenceBackend backend = Create(model, 64);
        using ISequenceCache whole = backend.CreateCache(Text.Length);
        backend.Forward([new SequencePiece(whole, Text, null, LogitRows.All)]);
        Assert.Equal(Text.Length, backend.LogitRowCount);
        float[] expected = backend.Logits(Text.Length - 1).ToArray();

        using ISequenceCache pieces = backend.CreateCache(64);
        backend.Forward([new SequencePiece(pieces, Text[..7], null, LogitRows.None)]);
        Assert.Equal(0, backend.LogitRowCount);
        backend.Forward([new SequencePiece(pieces, Text[7..17])]);
        backend.Forward([new SequencePiece(pieces, Text[17..])]);
        Assert.Equal(Text.Length, pieces.Length);
        Same(expected, backend.Logits(0), "in three pieces");

        using ISequenceCache copy = backend.CreateCache(40);
        copy.CopyFrom(pieces, 12);
        backend.Forward([new SequencePiece(copy, Text[12..])]);
        Same(expected, backend.Logits(0), "after a copy");

        pieces.Truncate(5);
        backend.Forward([new SequencePiece(pieces, Text[5..])]);
        Same(expected, backend.Logits(0), "after a cut");
    }

    [Fact]
    public void A_sequence_among_others_and_adapters_gives_the_logits_it_gives_alone()
    {
        using DecoderModel model = TinyModel.Create();
        using LoraAdapter one = Adapter(model, 1, 4);
        using LoraAdapter two = Adapter(model, 2, 2);
        using IInferenceBackend backend = Create(model, 64);
        float[] plain = Alone(backend, null);
        float[] withOne = Alone(backend, one);
        float[] withTwo = Alone(backend, two);
        Assert.True(plain.Zip(withOne, (x, y) => Math.Abs(x - y)).Max() > 0.01f);
        Assert.True(withTwo.Zip(withOne, (x, y) => Math.Abs(x - y)).Max() > 0.01f);

        ISequenceCache[] caches = [.. Enumerable.Range(0, 5).Select(_ => backend.CreateCache(32))];
        backend.Forward(
        [
            new SequencePiece(caches[0], Text[..1], one, LogitRows.None), new SequencePiece(caches[1], Text, two),
            new SequencePiece(caches[2], Text[3..9]), new SequencePiece(caches[3], Text, one), new SequencePiece(caches[4], Text),
        ]);
        Assert.Equal(4, backend.LogitRowCount);
        Same(withTwo, backend.Logits(0), "the second adapter");
        Same(withOne, backend.Logits(2), "the first adapter");
        Same(plain, backend.Logits(3), "the base");
        Array.ForEach(caches, cache => cache.Dispose());
    }

    [Fact]
    public void Scores_are_the_log_probabilities_of_the_logits_in_the_callers_order()
    {
        using DecoderModel model = TinyModel.Create();
        using LoraAdapter adapter = Adapter(model, 1, 4);
        using IInferenceBackend backend = Create(model, 64);
        using ISequenceCache first = backend.CreateCache(32);
        using ISequenceCache second = backend.CreateCache(32);
        using ISequenceCache third = backend.CreateCache(32);
        int[] targets = [5, -1, 7, 90];
        float[] scores = new float[12];
        backend.Score(
            [
                new SequencePiece(first, Text[..4], adapter, LogitRows.All, targets), new SequencePiece(second, Text[..4], null, LogitRows.All, targets),
                new SequencePiece(third, Text[..4], adapter, LogitRows.None),
            ],
            scores);
        Assert.Equal(8, backend.LogitRowCount);
        for (int i = 0; i < 8; i++)
        {
            int target = targets[i % 4];
            float expected = target < 0 ? 0f : backend.Logits(i)[target] - SoftmaxKernel.LogSumExp(backend.Logits(i));
            Assert.Equal(expected, scores[i], 1e-4f);
        }

        Assert.Equal(new float[4], scores[8..]);
        Assert.Equal(4, third.Length);
    }

    [Fact]
    public void A_pass_that_cannot_run_leaves_the_caches_as_they_were()
    {
        using DecoderModel model = TinyModel.Create();
        using IInferenceBackend backend = Create(model, 16);
        using ISequenceCache small = backend.CreateCache(4);
        Assert.Throws<ArgumentException>(() => backend.Forward([new SequencePiece(small, Text[..5])]));
        Assert.Throws<ArgumentException>(() => backend.Forward([new SequencePiece(small, new[] { TinyModel.Vocabulary })]));
        Assert.Throws<ArgumentException>(() => backend.Forward([new SequencePiece(small, new[] { -1 })]));
        Assert.Throws<ArgumentException>(() => backend.Forward([new SequencePiece(small, default)]));
        Assert.Throws<ArgumentException>(() => backend.Forward([new SequencePiece(small, new[] { 1 }), new SequencePiece(small, new[] { 1 })]));
        using ISequenceCache large = backend.CreateCache(64);
        Assert.Throws<ArgumentException>(() => backend.Forward([new SequencePiece(large, Text)]));
        Assert.Equal(0, small.Length);
        Assert.Equal(0, large.Length);
    }

    private static float[] Rows(IInferenceBackend backend, int first, int count)
        => [.. Enumerable.Range(first, count).SelectMany(row => backend.Logits(row).ToArray())];

    private static float[] Alone(IInferenceBackend backend, LoraAdapter? adapter)
    {
        using ISequenceCache cache = backend.CreateCache(32);
        backend.Forward([new SequencePiece(cache, Text, adapter)]);
        return backend.Logits(0).ToArray();
    }

    private static unsafe LoraAdapter Adapter(DecoderModel model, int seed, int rank)
    {
        var adapter = LoraAdapter.Create(model, new LoraConfig { Rank = rank, Alpha = 8, TargetModules = [LoraConfig.AllLinear] }, (ulong)seed);
        var random = new Random(seed);
        foreach (LoraLayer layer in adapter.Layers)
        {
            float* b = adapter.Factors(layer.LinearIndex).B;
            for (int i = 0; i < layer.Rank * layer.Outputs; i++)
            {
                b[i] = (random.NextSingle() - 0.5f) * 0.5f;
            }
        }

        return adapter;
    }

    private void Same(float[] expected, ReadOnlySpan<float> actual, string what)
    {
        if (NeighbourAtol == 0f)
        {
            Assert.Equal(expected, actual.ToArray());
        }
        else
        {
            TensorAssert.Close(expected, actual, NeighbourAtol, 1e-5f, what);
        }
    }
}
