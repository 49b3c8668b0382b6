using System.Globalization;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Inference;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Inference;

namespace Ratchet.Engine.Tests.Models;

/// <summary>Prompts in bfloat16 beside written tokens in int8: what kind a token is decides its numbers, and nothing else does.</summary>
public sealed class PromptPrecisionTests : IDisposable
{
    private static readonly ReadOnlyMemory<int> Prompt = new[] { 1, 43, 19, 80, 14, 60, 35, 82, 49, 47, 2, 19, 1, 20, 31, 19, 54, 75 };
    private static readonly ReadOnlyMemory<int> Written = new[] { 5, 77, 12 };

    private readonly DecoderModel _model = TinyModel.Create(type: ElementType.Q8_0);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_answer_among_others_of_both_kinds_has_the_bits_it_has_alone(bool hasGains)
    {
        using LoraAdapter one = Adapter(1, hasGains);
        using LoraAdapter two = Adapter(2, hasGains: false);
        using var runner = new DecoderRunner(_model, Precision.Int8, 128, Precision.BFloat16);
        foreach (LoraAdapter? adapter in (LoraAdapter?[])[null, one, two])
        {
            using ISequenceCache alone = runner.CreateCache(64);
            float[] expected = Run(runner, alone, adapter, []);

            // The same while others read a prompt and write, with each adapter and without one.
            using ISequenceCache among = runner.CreateCache(64);
            ISequenceCache[] caches = [.. Enumerable.Range(0, 6).Select(_ => runner.CreateCache(64))];
            SequencePiece[] others =
            [
                new SequencePiece(caches[0], new[] { 7 }, one, LogitRows.Last, IsSampled: true), new SequencePiece(caches[1], Prompt[..5], one, LogitRows.None),
                new SequencePiece(caches[2], new[] { 9 }, null, LogitRows.None, IsSampled: true), new SequencePiece(caches[3], Prompt[..7]),
                new SequencePiece(caches[4], Prompt[..1], two), new SequencePiece(caches[5], new[] { 3 }, two, LogitRows.None, IsSampled: true),
            ];
            Assert.Equal(expected, Run(runner, among, adapter, others));
            Array.ForEach(caches, cache => cache.Dispose());
        }
    }

    [Fact]
    public void Rows_of_prompts_have_the_numbers_of_bfloat16_and_written_ones_those_of_int8()
    {
        float[] Logits(Precision precision, Precision? promptPrecision, bool isSampled)
        {
            using var runner = new DecoderRunner(_model, precision, 64, promptPrecision);
            using ISequenceCache cache = runner.CreateCache(64);
            runner.Forward([new SequencePiece(cache, Prompt, null, LogitRows.All, IsSampled: isSampled)]);
            return [.. Enumerable.Range(0, Prompt.Length).SelectMany(row => runner.Logits(row).ToArray())];
        }

        float[] exact = Logits(Precision.Float32, null, isSampled: false);
        float[] int8 = Logits(Precision.Int8, null, isSampled: false);
        float[] apart = Logits(Precision.Int8, Precision.BFloat16, isSampled: false);
        Assert.Equal(int8, Logits(Precision.Int8, Precision.BFloat16, isSampled: true));
        Assert.NotEqual(int8, apart);
        Assert.True(Distance(exact, apart) < Distance(exact, int8), "Prompts in bfloat16 are farther from float32 than int8 is.");

        static double Distance(float[] x, float[] y) => x.Zip(y, (a, b) => Math.Pow(a - b, 2)).Sum();
    }

    // The second prompt holds the first answer: its tokens were written in int8 and are read in bfloat16.
    [Fact]
    public async Task A_prompt_whose_beginning_is_known_is_answered_as_one_that_is_read_whole()
    {
        var tokenizer = new LetterTokenizer();
        using DecoderModel model = TinyModel.Create(type: ElementType.Q8_0, vocabulary: tokenizer.VocabularySize);
        using var runner = new DecoderRunner(model, Precision.Int8, 16, Precision.BFloat16);
        int[] first = tokenizer.Encode("whatisthecapital");
        int[] next;
        string known;
        int knownTokens;
        using (var engine = new GenerationEngine(runner, tokenizer, new GenerationLimits()))
        {
            string[] answer = (await Scored(engine.Write(Request(first)))).Split('\n');
            next = [.. first, .. answer.Select(token => int.Parse(token.Split(' ')[0], CultureInfo.InvariantCulture)), .. tokenizer.Encode("andthen")];
            GenerationEngine.Answer second = engine.Write(Request(next));
            known = await Scored(second);
            knownTokens = second.CachedTokens;
        }

        using var fresh = new GenerationEngine(runner, tokenizer, new GenerationLimits { PrefixesMax = 0 });
        Assert.Equal(await Scored(fresh.Write(Request(next))), known);
        Assert.Equal(first.Length, knownTokens);
    }

    [Fact]
    public void The_setting_takes_exactness_from_nobody()
    {
        Assert.Equal(Precision.Float32, PrecisionSetting.ReadForPrompts("auto", Precision.Float32));
        Assert.Equal(MatrixPath.HasBfloat16Tiles ? Precision.BFloat16 : Precision.Int8, PrecisionSetting.ReadForPrompts("auto", Precision.Int8));
        Assert.Equal(Precision.Int8, PrecisionSetting.ReadForPrompts("same", Precision.Int8));
        Assert.Equal(Precision.BFloat16, PrecisionSetting.ReadForPrompts("bfloat16", Precision.Int8));
        Assert.Equal(CachePrecision.Float32, PrecisionSetting.ReadForCaches("auto", Precision.Float32));
        Assert.Equal(CachePrecision.Int16, PrecisionSetting.ReadForCaches("auto", Precision.Int8));
        Assert.Equal(CachePrecision.Float32, PrecisionSetting.ReadForCaches("float32", Precision.Int8));
        Assert.Equal(CachePrecision.Int16, PrecisionSetting.ReadForCaches("int16", Precision.Float32));
        Assert.Contains("auto, float32 or int16", Assert.Throws<ArgumentException>(() => PrecisionSetting.ReadForCaches("int8", Precision.Int8)).Message, StringComparison.Ordinal);
        Assert.Contains("auto, same or bfloat16", Assert.Throws<ArgumentException>(() => PrecisionSetting.ReadForPrompts("int4", Precision.Int8)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _model.Dispose();

    // The prompt in two pieces, then written tokens; with the others beside the second piece and the first written token.
    private static float[] Run(DecoderRunner runner, ISequenceCache cache, ILowRankAdapter? adapter, SequencePiece[] others)
    {
        var logits = new List<float>();
        runner.Forward([new SequencePiece(cache, Prompt[..11], adapter, LogitRows.None)]);
        Pass([.. others[..(others.Length / 2)], new SequencePiece(cache, Prompt[11..], adapter)]);
        for (int i = 0; i < Written.Length; i++)
        {
            Pass([new SequencePiece(cache, Written[i..(i + 1)], adapter, IsSampled: true), .. i == 0 ? others[(others.Length / 2)..] : []]);
        }

        return [.. logits];

        void Pass(SequencePiece[] pieces)
        {
            runner.Forward(pieces);
            int row = 0;
            foreach (SequencePiece piece in pieces)
            {
                if (ReferenceEquals(piece.Cache, cache))
                {
                    logits.AddRange(runner.Logits(row));
                }

                row += piece.Rows == LogitRows.Last ? 1 : 0;
            }
        }
    }

    private static GenerationRequest Request(int[] prompt)
        => new(prompt, new GenerationConfig { TokensMax = 12, Temperature = 0, WantsLogprobs = true }, null, "");

    // Every token with its log-probability to the last bit.
    private static async Task<string> Scored(GenerationEngine.Answer answer)
    {
        var scores = new List<string>();
        await foreach (GeneratedToken token in answer.ReadAsync())
        {
            scores.Add(string.Create(CultureInfo.InvariantCulture, $"{token.Id} {token.Logprob:R}"));
        }

        return string.Join('\n', scores);
    }

    private unsafe LoraAdapter Adapter(int seed, bool hasGains)
    {
        var adapter = LoraAdapter.Create(
            _model, new LoraConfig { Rank = 4, Alpha = 8, TargetModules = [LoraConfig.AllLinear], WeightDecomposed = hasGains }, (ulong)seed);
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
}
