using BenchmarkDotNet.Attributes;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;
using Ratchet.TestKit;

namespace Ratchet.Engine.Benchmarks;

/// <summary>A step of LoRA training on the bundled model: rank 8 on all linear layers, samples of 128 tokens, loss on all of them.</summary>
public class TrainingBenchmarks
{
    private const int Tokens = 128;

    private DecoderModel? _model;
    private FineTuningRun? _run;

    [Params(1, 4)]
    public int Samples { get; set; }

    [Params(Precision.Float32, Precision.BFloat16)]
    public Precision Precision { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        using var file = GgufFile.Open(Path.Combine(SourceTree.Root, "models", "smollm2-135m-instruct.q4_1.gguf"));
        _model = DecoderReader.Read(file);
        TrainingSample[] samples =
        [
            .. Enumerable.Range(0, Samples).Select(sample => new TrainingSample(
                [.. Enumerable.Range(0, Tokens).Select(i => (((i * 37) + (sample * 101)) % 40000) + 100)], [.. Enumerable.Repeat(true, Tokens)])),
        ];
        _run = FineTuningRun.Start(
            _model,
            new LoraConfig { Rank = 8, TargetModules = [LoraConfig.AllLinear] },
            new TrainingConfig { SequencesPerBatch = Samples, Epochs = 10_000, Precision = Precision },
            samples);
    }

    [GlobalCleanup]
    public void Free()
    {
        _run?.Dispose();
        _model?.Dispose();
    }

    [Benchmark]
    public double Step() => _run!.Step().Loss;
}
