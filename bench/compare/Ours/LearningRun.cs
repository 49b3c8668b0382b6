using System.Diagnostics;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Ours;

/// <summary>Steps of LoRA training, rank 8 on all linear layers.</summary>
internal static class LearningRun
{
    public const int SampleCount = 8;
    public const int SampleTokens = 256;
    public const int Rank = 8;

    private const int StepsMin = 2;
    private const int BatchesPerStep = 4;
    private const int PackedTokens = 1024;

    public static LoraConfig Lora { get; } = new() { Rank = Rank, Alpha = 16, TargetModules = [LoraConfig.AllLinear] };

    /// <summary>bfloat16 where the processor multiplies it faster, as the trainer chooses.</summary>
    public static Precision Precision => MatrixPath.IsBfloat16Faster ? Precision.BFloat16 : Precision.Float32;

    /// <summary>8 rows of 256 tokens, loss on all of them.</summary>
    public static Samples Steps(string folder, double seconds) => Steps(folder, seconds, SampleCount, SampleTokens, Rank);

    public static Samples Steps(string folder, double seconds, int samples, int tokens, int rank)
    {
        using DecoderModel model = Bundled.ReadDecoder(folder);
        TrainingSample[] rows =
        [
            .. Enumerable.Range(0, samples).Select(i => new TrainingSample(
                Bundled.Tokens(tokens, model.Config.VocabularySize, i), [.. Enumerable.Repeat(true, tokens)])),
        ];
        using var run = FineTuningRun.Start(
            model, Lora with { Rank = rank }, new TrainingConfig { SequencesPerBatch = samples, Epochs = 1000, Precision = Precision }, rows);
        run.Step();
        var rates = new List<double>();
        long end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        while (rates.Count < StepsMin || Stopwatch.GetTimestamp() < end)
        {
            StepResult step = run.Step();
            rates.Add(step.TokenCount / step.Duration.TotalSeconds);
        }

        return new Samples("tokens/s", rates, [], $"in {Precision.ToString().ToLowerInvariant()} on {MatrixPath.Unit.ToString().ToLowerInvariant()}");
    }

    /// <summary>Some of the sample business packed, and padded to the longest of each batch of eight: tokens that are no padding a second.</summary>
    /// <remarks>
    /// Both take the same steps from the same adapter on the same samples, in turn, and must see the same losses. A step is four batches of
    /// eight; padded, each sample is as long as the longest of its batch and computed whole, a batch in one pass. Packed rows are as long as
    /// the trainer makes them for this model.
    /// </remarks>
    public static Samples PackedAgainstPadded(string folder, string business, double seconds)
    {
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(Bundled.DecoderPath(folder));
        TrainingSample[] samples = [.. BusinessSamples.Read(loaded, business).Take(SampleCount * BatchesPerStep)];
        double useful = samples.Sum(sample => sample.Ids.Length);
        TrainingSample[] padded = [.. samples.Chunk(SampleCount).SelectMany(Padded)];
        var config = new TrainingConfig
        {
            SequencesPerBatch = samples.Length,
            TokensPerPass = PackedTokens,
            Epochs = 1000,
            Shuffle = false,
            Precision = Precision,
        };
        TrainingConfig paddedConfig = config with
        {
            SequencesPerBatch = SampleCount,
            BatchesPerStep = BatchesPerStep,
            TokensPerPass = SampleCount * samples.Max(sample => sample.Ids.Length),
            PrefixSharing = false,
        };
        using var packedRun = FineTuningRun.Start(loaded.Model, Lora, config, samples);
        using var paddedRun = FineTuningRun.Start(loaded.Model, Lora, paddedConfig, padded);
        Witness.SameStep(packedRun.Step(), paddedRun.Step(), Precision);
        List<double> packedRates = [];
        List<double> paddedRates = [];
        long end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        while (packedRates.Count < StepsMin || Stopwatch.GetTimestamp() < end)
        {
            packedRates.Add(useful / packedRun.Step().Duration.TotalSeconds);
            paddedRates.Add(useful / paddedRun.Step().Duration.TotalSeconds);
        }

        double share = useful / padded.Sum(sample => sample.Ids.Length);
        int computed = PrefixSharing.LayOut(samples, config.TokensPerPass, int.MaxValue).Sum(row => row.TokenCount);
        return new Samples(
            "useful tokens/s", packedRates, paddedRates,
            $"{share:P0} of the padded positions are tokens; of these {computed / useful:P0} are computed once beginnings are shared");
    }

    // A batch as a trainer without packing sees it: every row as long as the longest.
    private static IEnumerable<TrainingSample> Padded(TrainingSample[] batch)
    {
        int length = batch.Max(sample => sample.Ids.Length);
        foreach (TrainingSample sample in batch)
        {
            int[] ids = new int[length];
            bool[] mask = new bool[length];
            sample.Ids.CopyTo(ids, 0);
            sample.Mask.CopyTo(mask, 0);
            yield return new TrainingSample(ids, mask);
        }
    }
}
