using System.Diagnostics;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Quantization;
using Ratchet.Engine.Tokenization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>A fast path that has become slow shows here: its time against its plain twin's, both taken in turn in one run.</summary>
/// <remarks>Ratios only, never seconds; the best of several turns each, since others may be at work; floors far below what is usual.</remarks>
[Collection(KernelSettings.Name)]
public unsafe class FastPathTests
{
    private const int Turns = 7;

    /// <summary>What has just begun to run is not yet compiled as it will be: the runtime does that beside it, after a tenth of a second or more.</summary>
    private const int AttemptsMax = 40;
    private const int Inputs = 576;
    private const int Outputs = 1536;

    /// <summary>Usual on 256 bits: 10 and more.</summary>
    private const double ProductFloor = 2.5;

    /// <summary>Usual: 4 and more; the plain twin multiplies integers too.</summary>
    private const double IntegerFloor = 1.5;

    /// <summary>Usual: 3 and more.</summary>
    private const double AttentionFloor = 1.5;

    /// <summary>Usual: 1.4 to 1.8 where bfloat16 is multiplied by AVX-512, more with tiles.</summary>
    private const double ChoiceFloor = 1.1;

    /// <summary>Usual on 512 bits: 3 for prompts, where writing what is cached counts too, 5 and more for single tokens.</summary>
    private const double IntegerAttentionFloor = 1.5;

    /// <summary>Usual: 1.7 to 3.5, with what it costs to remember them.</summary>
    private const double WordsFloor = 1.3;

    [Theory]
    [InlineData(8)]
    [InlineData(64)]
    public void A_product_in_vectors_is_faster_than_its_plain_twin(int rows)
    {
        float[] x = Numbers.Random(rows * Inputs, 1);
        float[] w = Numbers.Random(Outputs * Inputs, 2);
        float[] y = new float[rows * Outputs];
        AssertFaster(ProductFloor, () =>
        {
            fixed (float* xAt = x, wAt = w, yAt = y)
            {
                MatMulKernel.Forward(yAt, xAt, wAt, rows, Inputs, Outputs);
            }
        });
    }

    [Theory]
    [InlineData(Precision.Float32, 32, ProductFloor)]
    [InlineData(Precision.Int8, 1, IntegerFloor)]
    [InlineData(Precision.Int8, 32, IntegerFloor)]
    public void A_product_with_a_stored_weight_is_faster_than_its_plain_twin(Precision precision, int rows, double floor)
    {
        float[] x = Numbers.Random(rows * Inputs, 1);
        float[] y = new float[rows * Outputs];
        using WeightMatrix weight = Weights.Random(ElementType.Q4_1, Outputs, Inputs, 3, out _);
        AssertFaster(floor, () =>
        {
            fixed (float* xAt = x, yAt = y)
            {
                LinearKernel.Forward(yAt, xAt, rows, weight, false, precision);
            }
        });
    }

    [Fact]
    public void What_is_left_to_the_engine_is_the_faster_of_bfloat16_and_single_precision()
    {
        Assert.SkipUnless(MatrixPath.HasBfloat16, "This processor multiplies no bfloat16: there is nothing to choose.");
        const int Rows = 256;
        float[] x = Numbers.Random(Rows * Inputs, 1);
        float[] y = new float[Rows * Outputs];
        using WeightMatrix weight = Weights.Random(ElementType.Q4_1, Outputs, Inputs, 3, out _);
        Precision chosen = PrecisionSetting.Read(PrecisionSetting.Auto);
        double ratio = 0;
        for (int attempt = 0; attempt < AttemptsMax && ratio < ChoiceFloor; attempt++)
        {
            ratio = Ratio(() => Multiply(chosen), () => Multiply(chosen == Precision.Float32 ? Precision.BFloat16 : Precision.Float32), VectorPath.Widest);
        }

        Assert.True(ratio >= ChoiceFloor, $"{chosen} was chosen; it is {ratio:0.00} times as fast as the other.");

        void Multiply(Precision precision)
        {
            fixed (float* xAt = x, yAt = y)
            {
                LinearKernel.Forward(yAt, xAt, Rows, weight, false, precision);
            }
        }
    }

    [Theory]
    [InlineData(1, 256)]
    [InlineData(64, 64)]
    public void Attention_is_faster_than_its_plain_twin(int queries, int keys)
    {
        const int Size = 64;
        float[] query = Numbers.Random(queries * Size, 4);
        float[] key = Numbers.Random(keys * Size, 5);
        float[] value = Numbers.Random(keys * Size, 6);
        float[] output = new float[queries * Size];
        var shape = new AttentionShape(1, 1, Size, IsCausal: true);
        AssertFaster(
            AttentionFloor,
            () =>
            {
                fixed (float* q = query, k = key, v = value, o = output)
                {
                    var segment = new AttentionSegment
                    {
                        Query = q,
                        Key = k,
                        Value = v,
                        Output = o,
                        QueryCount = queries,
                        KeyCount = keys,
                        KeyStride = Size,
                    };
                    AttentionKernel.Forward(&segment, 1, shape);
                }
            },
            () => AttentionKernel.ForwardPlain(output, query, key, value, queries, keys, shape));
    }

    [Theory]
    [InlineData(1, 256)]
    [InlineData(64, 64)]
    public void Attention_over_integers_is_faster_than_its_plain_twin(int queries, int keys)
    {
        var shape = new AttentionShape(1, 1, 64, IsCausal: true);
        var heads = new CachedHeads(shape, keys, 7);
        _ = heads.ReadWhole();
        AssertFaster(IntegerAttentionFloor, () => CachedHeads.Run(shape, Precision.Float32, heads.Piece(keys - queries, keys)));
    }

    [Theory] // The twin has just been made and remembers nothing; no word of the text comes twice.
    [InlineData("smollm2-135m-instruct.q4_1.gguf")]
    [InlineData("all-minilm-l6-v2.q8_0.gguf")]
    public void Words_met_before_are_faster_than_new_ones(string model)
    {
        using var file = GgufFile.Open(Path.Combine(SourceTree.Root, "models", model));
        VocabularyData vocabulary = GgufVocabularyReader.Read(file, int.MaxValue);
        string docs = string.Concat(Directory.GetFiles(Path.Combine(SourceTree.Root, "docs"), "*.md").Order(StringComparer.Ordinal).Take(4).Select(File.ReadAllText));
        string text = string.Join(' ', docs.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Distinct());
        ITokenizer tokenizer = Tokenizers.Create(vocabulary);
        tokenizer.Encode(text);
        double ratio = 0;
        for (int attempt = 0; attempt < AttemptsMax && ratio < WordsFloor; attempt++)
        {
            (double known, double met) = (double.MaxValue, double.MaxValue);
            for (int turn = 0; turn < Turns; turn++)
            {
                ITokenizer twin = Tokenizers.Create(vocabulary);
                known = Math.Min(known, Time(() => tokenizer.Encode(text)));
                met = Math.Min(met, Time(() => twin.Encode(text)));
            }

            ratio = met / known;
        }

        Assert.True(ratio >= WordsFloor, $"Words met before are {ratio:0.00} times as fast as new ones; it has to be {WordsFloor} times.");
    }

    // A turn that lost its core says nothing; a path that is slow stays slow in every attempt.
    private static void AssertFaster(double floor, Action run) => AssertFaster(floor, run, run);

    private static void AssertFaster(double floor, Action run, Action twin)
    {
        double ratio = 0;
        for (int attempt = 0; attempt < AttemptsMax && ratio < floor; attempt++)
        {
            ratio = Ratio(run, twin, VectorWidth.Plain);
        }

        Assert.True(ratio >= floor, $"The fast path is {ratio:0.0} times as fast as its plain twin; it has to be {floor} times.");
    }

    private static double Ratio(Action run, Action twin, VectorWidth twinWidth)
    {
        (double fast, double plain) = (double.MaxValue, double.MaxValue);
        for (int turn = 0; turn < Turns; turn++)
        {
            KernelSettings.With(VectorPath.Widest, 1, () => fast = Math.Min(fast, Time(run)));
            KernelSettings.With(twinWidth, 1, () => plain = Math.Min(plain, Time(twin)));
        }

        return plain / fast;
    }

    private static double Time(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
