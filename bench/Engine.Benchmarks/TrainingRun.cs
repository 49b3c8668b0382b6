using System.Diagnostics;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;
using Ratchet.TestKit;

namespace Ratchet.Engine.Benchmarks;

/// <summary>Steps of LoRA training on the bundled model, rank 8 on all linear layers: a look for the eyes.</summary>
internal static class TrainingRun
{
    private const int Samples = 8;
    private const int Tokens = 256;

    public static void Print(string only)
    {
        using var file = GgufFile.Open(Path.Combine(SourceTree.Root, "models", "smollm2-135m-instruct.q4_1.gguf"));
        using DecoderModel model = DecoderReader.Read(file);
        var lora = new LoraConfig
        {
            Rank = 8,
            TargetModules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        };
        TrainingSample[] samples =
        [
            .. Enumerable.Range(0, Samples).Select(sample => new TrainingSample(
                [.. Enumerable.Range(0, Tokens).Select(i => (((i * 37) + (sample * 101)) % 40000) + 100)],
                [.. Enumerable.Range(0, Tokens).Select(i => i >= Tokens / 2)])),
        ];
        foreach (Precision precision in (Precision[])[Precision.Float32, Precision.BFloat16])
        {
            if (only.Length > 0 && !only.Equals(precision.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            Print(model, lora, precision, samples);
        }
    }

    private static void Print(DecoderModel model, LoraConfig lora, Precision precision, TrainingSample[] samples)
    {
        using var run = FineTuningRun.Start(
            model, lora, new TrainingConfig { SequencesPerBatch = Samples, Epochs = 3, Precision = precision }, samples);
        while (!run.IsFinished)
        {
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            StepResult step = run.Step();
            TimeSpan used = Process.GetCurrentProcess().TotalProcessorTime - before;
            Console.WriteLine(
                $"{precision} step {step.Step}: loss {step.Loss:F4}, {step.TokenCount / step.Duration.TotalSeconds,6:F0} tokens/s on {RowLoop.ThreadCount} threads, "
                + $"{step.TokenCount / used.TotalSeconds,6:F0} tokens per second of processor time");
        }
    }
}
