using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Ours;

/// <summary>What the engine computes, for others to hold against what theirs does.</summary>
internal static class Witness
{
    // Log-probabilities of llama-perplexity's file: 65,535 steps from the least that is kept to the greatest.
    private const int HeadNumbers = 4;

    // Of a first step: rows keep their numbers however they are laid out, sums over them are rounded in another order.
    private const double SameLoss = 1e-4;
    private const double SameNorm = 5e-3;

    /// <summary>How far our next-token distributions are from those that llama-perplexity wrote, on the same tokens.</summary>
    /// <param name="folder">The models.</param>
    /// <param name="file">Of <c>--kl-divergence-base</c>: tokens, then log-probabilities of the second half of each chunk.</param>
    /// <param name="precision">Of ours.</param>
    public static void Divergence(string folder, string file, Precision precision)
    {
        using var reader = new BinaryReader(File.OpenRead(file));
        if (new string(reader.ReadChars(8)) != "_logits_")
        {
            throw new InvalidDataException($"{file} does not begin with '_logits_'; llama-perplexity --kl-divergence-base writes such a file.");
        }

        int context = reader.ReadInt32();
        int vocabulary = reader.ReadInt32();
        int chunks = reader.ReadInt32();
        int[] ids = new int[chunks * context];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(ids.AsSpan()));

        using DecoderModel model = Bundled.ReadDecoder(folder);
        using var runner = new DecoderRunner(model, precision, context, PrecisionSetting.ReadForPrompts(PrecisionSetting.Auto, precision));
        int first = context / 2;
        ushort[] theirs = new ushort[(2 * ((vocabulary + 1) / 2)) + HeadNumbers];
        var distances = new List<double>();
        int agreed = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            using ISequenceCache cache = runner.CreateCache(context);
            int[] tokens = ids[(chunk * context)..((chunk + 1) * context)];
            runner.Forward([new SequencePiece(cache, tokens, null, LogitRows.All)]);
            for (int row = first; row < context - 1; row++)
            {
                reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(theirs.AsSpan()));
                (double distance, bool isSame) = Compare(theirs, runner.Logits(row));
                distances.Add(distance);
                agreed += isSame ? 1 : 0;
            }
        }

        Print(new { positions = distances.Count, kl_mean = distances.Average(), kl_max = distances.Max(), top1_agreement = (double)agreed / distances.Count });
    }

    /// <summary>The likeliest tokens one after another, and by how much each was ahead of the second.</summary>
    public static void Greedy(string folder, string prompt, int count)
    {
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(Bundled.DecoderPath(folder));
        int[] ids = loaded.Tokenizer.Encode(prompt);
        using var runner = new DecoderRunner(loaded.Model, Precision.Int8, ids.Length);
        using ISequenceCache cache = runner.CreateCache(ids.Length + count);
        var steps = new List<object>();
        runner.Forward([new SequencePiece(cache, ids)]);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<float> logits = runner.Logits(0);
            int best = TensorPrimitives.IndexOfMax(logits);
            float lead = logits[best] - Math.Max(TensorPrimitives.Max(logits[..best]), TensorPrimitives.Max(logits[(best + 1)..]));
            steps.Add(new { text = loaded.Tokenizer.TokenText(best), lead });
            if (i + 1 < count)
            {
                runner.Forward([new SequencePiece(cache, new[] { best })]);
            }
        }

        Print(steps);
    }

    public static void Embedding(string folder, string text)
    {
        using LoadedEncoder loaded = ModelLoader.LoadEncoder(
            Path.Combine(folder, Bundled.Encoder), precision: PrecisionSetting.ReadForEncoder(PrecisionSetting.Auto));
        Print(loaded.Embed([text])[0]);
    }

    /// <summary>Losses of some steps, after writing all that another trainer needs to take the same: weights, first adapter, tokens.</summary>
    public static void Lora(string folder, string target, int steps)
    {
        Directory.CreateDirectory(target);
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(Bundled.DecoderPath(folder));
        DecoderModel model = loaded.Model;
        string weights = Path.Combine(target, "weights");
        if (!File.Exists(Path.Combine(weights, "model.safetensors")))
        {
            ModelWriter.WriteFolder(model, weights, ElementType.F32, null);
        }

        // Real text: of random ids the loss says little.
        int[] text = loaded.Tokenizer.Encode(File.ReadAllText(Path.Combine(folder, "..", "README.md")));
        TrainingSample[] samples =
        [
            .. Enumerable.Range(0, LearningRun.SampleCount).Select(i => new TrainingSample(
                [.. Enumerable.Range(0, LearningRun.SampleTokens).Select(t => text[((i * LearningRun.SampleTokens) + t) % text.Length])],
                [.. Enumerable.Repeat(true, LearningRun.SampleTokens)])),
        ];
        var config = new TrainingConfig
        {
            SequencesPerBatch = LearningRun.SampleCount,
            Epochs = steps,
            Shuffle = false,
            Precision = LearningRun.Precision,
            Schedule = ScheduleShape.Constant,
            Optimizer = new AdamWConfig { LearningRate = 1e-3f },
        };
        using var run = FineTuningRun.Start(model, LearningRun.Lora, config, samples);
        run.Adapter.Save(Path.Combine(target, "adapter"));
        var losses = new List<double>();
        while (!run.IsFinished)
        {
            losses.Add(run.Step().Loss);
        }

        string batch = Path.Combine(target, "batch.json");
        File.WriteAllText(batch, JsonSerializer.Serialize(new
        {
            ids = samples.Select(sample => sample.Ids),
            rank = LearningRun.Rank,
            scale = LearningRun.Lora.Scale,
            learning_rate = config.Optimizer.LearningRate,
            beta1 = config.Optimizer.Beta1,
            beta2 = config.Optimizer.Beta2,
            epsilon = config.Optimizer.Epsilon,
            weight_decay = config.Optimizer.WeightDecay,
            gradient_norm_max = config.GradientNormMax,
        }));
        Print(losses);
    }

    /// <summary>Stops a measurement of two ways to take one step where they did not take the same.</summary>
    public static void SameStep(StepResult one, StepResult other, Precision precision)
    {
        if (Math.Abs(one.Loss - other.Loss) > SameLoss * other.Loss || Math.Abs(one.GradientNorm - other.GradientNorm) > SameNorm * other.GradientNorm)
        {
            throw new InvalidOperationException(
                $"The two ways took different steps in {precision}: losses {one.Loss:F6} and {other.Loss:F6}, gradient norms {one.GradientNorm:F6} "
                + $"and {other.GradientNorm:F6}. What they measure is not the same work; find out why before comparing speeds.");
        }
    }

    // KL(theirs, ours), and whether both hold the same token for the likeliest.
    private static (double Distance, bool IsSame) Compare(ushort[] theirs, ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<float> head = MemoryMarshal.Cast<ushort, float>(theirs.AsSpan(0, HeadNumbers));
        ReadOnlySpan<ushort> steps = theirs.AsSpan(HeadNumbers, logits.Length);
        int best = TensorPrimitives.IndexOfMax(logits);
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - logits[best]);
        }

        double logSum = logits[best] + Math.Log(sum);
        double distance = 0;
        int theirBest = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            double theirLog = (head[0] * steps[i]) + head[1];
            distance += Math.Exp(theirLog) * (theirLog - (logits[i] - logSum));
            theirBest = steps[i] > steps[theirBest] ? i : theirBest;
        }

        return (distance, theirBest == best);
    }

    private static void Print<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value));
}
