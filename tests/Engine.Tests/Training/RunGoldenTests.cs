using System.Text.Json;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Models;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Training;

/// <summary>Runs of twenty steps against PyTorch and PEFT: every method, schedule and rule (F70 to F79).</summary>
[Trait("Category", "Golden")]
public sealed unsafe class RunGoldenTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-run-").FullName;

    private sealed record Bounds(double LossAtol, double GradNormRtol, double FinalAtol, double LrRtol);

    private sealed record Settings(
        string Method, string Schedule, int Warmup, int Accumulate, double? Clip, double? LoraplusRatio, float LabelSmoothing, float[] Betas,
        float Eps, float WeightDecay, float LearningRate, float? Beta, bool? DoubleQuantisation, JsonElement? Lora);

    private sealed record Run(
        string Base, int Steps, Settings Settings, long TrainableParameters, double[] Loss, int[] Items, double[] GradNorm, double[][] Lr, Bounds Tolerance,
        JsonElement[]? Dpo);

    private sealed record Stopping(string Name, double[] EvalLosses, int Patience, double Threshold, int? StopAt, int BestAt, int[] CounterAfterEach);

    private sealed record StoppingCases(Stopping[] Cases);

    public static TheoryData<string> Runs => [.. Golden.FoldersIn("training").Where(f => Golden.Exists($"training/{f}/run.json"))];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Runs))]
    public void Losses_norms_rates_and_final_weights_match(string name)
    {
        Run golden = Golden.Read<Run>($"training/{name}/run.json");
        using DecoderModel model = Model(golden, name);
        using FineTuningRun run = Start(golden, name, model);
        Assert.Equal(golden.Steps, run.StepCount);
        for (int step = 0; step < golden.Steps; step++)
        {
            StepResult result = run.Step(TestContext.Current.CancellationToken);
            GoldenNumber.Near("training: losses", golden.Loss[step], result.Loss, golden.Tolerance.LossAtol, 0, $"{name}, step {step}");
            Assert.InRange(result.GradientNorm / golden.GradNorm[step], 1 - golden.Tolerance.GradNormRtol, 1 + golden.Tolerance.GradNormRtol);
            double rate = golden.Lr[step][0];
            Assert.InRange(result.LearningRate, rate * (1 - golden.Tolerance.LrRtol), rate * (1 + golden.Tolerance.LrRtol));
            if (golden.Dpo is null)
            {
                Assert.Equal(golden.Items[step], result.TargetCount);
            }
            else
            {
                CheckPairs(golden.Dpo[step], run.LastPreferences, golden.Tolerance.LossAtol);
            }
        }

        run.SaveCheckpoint(_folder);
        using var expected = SafetensorsFile.Open(Golden.PathOf($"training/{name}/final.safetensors"));
        string file = golden.Settings.Method is "full" or "freeze" ? TrainableWeights.FileName : AdapterConfigFile.WeightsFileName;
        using var actual = SafetensorsFile.Open(Path.Combine(_folder, file));
        Assert.Equal(expected.Tensors.Select(t => t.Name), actual.Tensors.Select(t => t.Name));
        Assert.Equal(golden.TrainableParameters, actual.Tensors.Sum(t => t.Count));
        foreach (SafetensorsTensorInfo tensor in expected.Tensors)
        {
            GoldenNumber.Close(
                "training: final weights", expected.ReadFloats(tensor.Name), actual.ReadFloats(tensor.Name), (float)golden.Tolerance.FinalAtol,
                $"{name}: {tensor.Name}");
        }
    }

    public static TheoryData<string> States =>
        [.. Golden.FoldersIn("training").Where(f => Golden.Exists($"training/{f}/state-10.safetensors"))];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(States))]
    public void A_run_goes_on_from_the_reference_state(string name)
    {
        const int Done = 10;
        Run golden = Golden.Read<Run>($"training/{name}/run.json");
        using DecoderModel model = Model(golden, name);
        using (FineTuningRun first = Start(golden, name, model))
        {
            for (int step = 0; step < Done; step++)
            {
                first.Step(TestContext.Current.CancellationToken);
            }

            first.SaveCheckpoint(_folder);
        }

        using var state = SafetensorsFile.Open(Golden.PathOf($"training/{name}/state-10.safetensors"));
        PutState(state, model);
        using FineTuningRun resumed = Start(golden, name, model);
        resumed.Restore(_folder);
        Assert.Equal(Done, resumed.StepsDone);
        for (int step = Done; step < golden.Steps; step++)
        {
            Assert.Equal(golden.Loss[step], resumed.Step(TestContext.Current.CancellationToken).Loss, golden.Tolerance.LossAtol);
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Quantised))]
    public void The_four_bit_base_is_that_of_the_reference_run(string name)
    {
        Run golden = Golden.Read<Run>($"training/{name}/run.json");
        using DecoderModel model = LoraBase(golden);
        using var expected = SafetensorsFile.Open(Golden.PathOf($"training/{name}/quantised.safetensors"));
        foreach (LinearLayer layer in model.Linears)
        {
            float[] weight = new float[layer.Outputs * layer.Inputs];
            for (int o = 0; o < layer.Outputs; o++)
            {
                layer.Weight.DequantizeRow(o, weight.AsSpan(o * layer.Inputs, layer.Inputs));
            }

            byte[] packed = new byte[(weight.Length + 1) / 2];
            float[] scales = new float[(weight.Length + 63) / 64];
            FourBitCodec.Quantize(FourBitKind.Nf4, weight, 64, packed, scales);
            Assert.Equal(expected.ReadBytes($"{layer.Name}.packed"), packed);
            if (expected.TryFindTensor($"{layer.Name}.absmax", out _))
            {
                Assert.Equal(expected.ReadFloats($"{layer.Name}.absmax"), scales);
            }
            else
            {
                byte[] codes = new byte[scales.Length];
                FourBitCodec.QuantizeScales(scales, codes, new float[(scales.Length + 255) / 256]);
                Assert.Equal(expected.ReadBytes($"{layer.Name}.nested_code"), codes);
            }
        }
    }

    public static TheoryData<string> Quantised =>
        [.. Golden.FoldersIn("training").Where(f => Golden.Exists($"training/{f}/quantised.safetensors"))];

    [Fact]
    public void Early_stopping_counts_as_transformers_does()
    {
        foreach (Stopping golden in Golden.Read<StoppingCases>("training/early_stopping.json").Cases)
        {
            var rule = new EarlyStopping(golden.Patience, golden.Threshold);
            int? stopAt = null;
            var counts = new List<int>();
            for (int i = 0; i < golden.EvalLosses.Length && stopAt is null; i++)
            {
                stopAt = rule.ShouldStop(golden.EvalLosses[i]) ? i : null;
                counts.Add(rule.Count);
            }

            Assert.Equal(golden.StopAt, stopAt);
            Assert.Equal(golden.BestAt, rule.BestIndex);
            Assert.Equal(golden.CounterAfterEach[..counts.Count], counts);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static DecoderModel LoraBase(Run golden) => ModelFolder.ReadDecoder(Golden.FolderOf(golden.Base));

    private static DecoderModel Model(Run golden, string name)
    {
        DecoderModel model = LoraBase(golden);
        if (golden.Settings.Method == "qlora")
        {
            Assert.True(Golden.Exists($"training/{name}/quantised.safetensors"));
            FourBitQuantization.Quantize(model, golden.Settings.DoubleQuantisation == true);
        }

        return model;
    }

    private static FineTuningRun Start(Run golden, string name, DecoderModel model)
    {
        Settings settings = golden.Settings;
        var config = new TrainingConfig
        {
            SequencesPerBatch = 2,
            BatchesPerStep = settings.Accumulate,
            StepsMax = golden.Steps,
            GradientNormMax = (float)(settings.Clip ?? double.PositiveInfinity),
            WarmupSteps = settings.Warmup,
            Schedule = settings.Schedule switch
            {
                "constant" => ScheduleShape.Constant,
                "linear" => ScheduleShape.Linear,
                "cosine" => ScheduleShape.Cosine,
                _ => throw new NotSupportedException($"The golden run has the schedule '{settings.Schedule}'."),
            },
            Optimizer = new AdamWConfig
            {
                LearningRate = settings.LearningRate,
                Beta1 = settings.Betas[0],
                Beta2 = settings.Betas[1],
                Epsilon = settings.Eps,
                WeightDecay = settings.WeightDecay,
                LoraPlusRatio = (float)(settings.LoraplusRatio ?? 1),
            },
            LabelSmoothing = settings.LabelSmoothing,
            PreferenceBeta = settings.Beta ?? 0.1f,
            Shuffle = false,
        };
        if (settings.Method is "full" or "freeze")
        {
            return FineTuningRun.Tune(model, Learning(name, model), config, Samples(settings.Accumulate));
        }

        LoraAdapter adapter = Initial(name, settings.Lora!.Value, model);
        return settings.Method == "dpo"
            ? FineTuningRun.Continue(model, adapter, config, Pairs())
            : FineTuningRun.Continue(model, adapter, config, Samples(settings.Accumulate));
    }

    private static TrainableSet Learning(string name, DecoderModel model)
    {
        using var final = SafetensorsFile.Open(Golden.PathOf($"training/{name}/final.safetensors"));
        return final.TryFindTensor($"{model.FinalNorm.Name}.weight", out _)
            ? TrainableSet.All
            : TrainableSet.LastBlocks(model.Blocks.Count(b => final.TryFindTensor($"{b.AttentionNorm.Name}.weight", out _)));
    }

    private static LoraAdapter Initial(string name, JsonElement lora, DecoderModel model)
    {
        string folder = Directory.CreateTempSubdirectory("ratchet-initial-").FullName;
        File.WriteAllText(Path.Combine(folder, AdapterConfigFile.FileName), lora.GetRawText());
        File.Copy(Golden.PathOf($"training/{name}/initial.safetensors"), Path.Combine(folder, AdapterConfigFile.WeightsFileName));
        var adapter = LoraAdapter.Load(folder, model);
        Directory.Delete(folder, recursive: true);
        return adapter;
    }

    private static TrainingSample[] Samples(int accumulate)
    {
        using var file = SafetensorsFile.Open(Golden.PathOf("training/batches.safetensors"));
        file.TryFindTensor("input_ids", out SafetensorsTensorInfo? info);
        int micro = info!.Shape[1];
        int rows = info.Shape[2];
        TrainingSample[] all = Rows(file, string.Empty);
        return [.. all.Where((_, i) => i / rows % micro < accumulate)];
    }

    private static PreferencePair[] Pairs()
    {
        using var file = SafetensorsFile.Open(Golden.PathOf("training/pairs.safetensors"));
        return [.. Rows(file, "chosen_").Zip(Rows(file, "rejected_"), (chosen, rejected) => new PreferencePair(chosen, rejected))];
    }

    private static TrainingSample[] Rows(SafetensorsFile file, string prefix)
    {
        file.TryFindTensor($"{prefix}input_ids", out SafetensorsTensorInfo? info);
        int width = info!.Shape[^1];
        int[] ids = FamilyGoldenTests.Ints(file, $"{prefix}input_ids");
        int[] mask = FamilyGoldenTests.Ints(file, $"{prefix}attention_mask");
        int[] labels = FamilyGoldenTests.Ints(file, $"{prefix}labels");
        return
        [
            .. Enumerable.Range(0, ids.Length / width).Select(row =>
            {
                int length = mask.AsSpan(row * width, width).Count(1);
                return new TrainingSample(
                    ids[(row * width)..((row * width) + length)], [.. labels.Skip(row * width).Take(length).Select(l => l >= 0)]);
            }),
        ];
    }

    private static void CheckPairs(JsonElement golden, IReadOnlyList<PreferenceOutcome> outcomes, double atol)
    {
        double[] Of(string key) => [.. golden.GetProperty(key).EnumerateArray().Select(v => v.GetDouble())];
        for (int i = 0; i < outcomes.Count; i++)
        {
            // Sums over an answer: as many roundings as it has tokens.
            Assert.Equal(Of("chosen_logps")[i], outcomes[i].Chosen, 10 * atol);
            Assert.Equal(Of("rejected_logps")[i], outcomes[i].Rejected, 10 * atol);
            Assert.Equal(Of("chosen_rewards")[i], outcomes[i].ChosenReward, atol);
            Assert.Equal(Of("rejected_rewards")[i], outcomes[i].RejectedReward, atol);
        }
    }

    // The reference's state in place of our own, in the order of our parameters.
    private void PutState(SafetensorsFile state, DecoderModel model)
    {
        using var adapter = LoraAdapter.Load(_folder, model);
        using var first = new Tensor(ElementType.F32, adapter.ParameterCount);
        using var second = new Tensor(ElementType.F32, adapter.ParameterCount);
        foreach (PeftFolder.Part part in PeftFolder.Parts(adapter))
        {
            Put("adapter", new Span<float>(adapter.Parameters, adapter.ParameterCount), part);
            Put("exp_avg", first.Floats, part);
            Put("exp_avg_sq", second.Floats, part);
        }

        adapter.Save(_folder);
        SafetensorsWriter.Write(
            Path.Combine(_folder, "moments.safetensors"), [new("first_moments", first), new("second_moments", second)]);

        void Put(string kind, Span<float> all, PeftFolder.Part part)
        {
            float[] values = state.ReadFloats($"{kind}.base_model.model.{part.Name}");
            Span<float> into = all.Slice(part.Offset, values.Length);
            for (int i = 0; i < values.Length; i++)
            {
                into[part.IsTransposed ? ((i % part.Columns) * part.Rows) + (i / part.Columns) : i] = values[i];
            }
        }
    }
}
