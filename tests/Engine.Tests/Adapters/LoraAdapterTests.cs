using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Models;

namespace Ratchet.Engine.Tests.Adapters;

public sealed class LoraAdapterTests : IDisposable
{
    private const string QueryOfFirst = "base_model.model.model.layers.0.self_attn.q_proj";

    private readonly DecoderModel _model = TinyModel.Create();
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-adapter-").FullName;

    [Fact]
    public void Sequences_of_one_pass_each_get_their_own_adapter()
    {
        using LoraAdapter red = Moved(1);
        using LoraAdapter blue = Moved(2);
        using var runner = new DecoderRunner(_model, Precision.Float32, 32);
        ILowRankAdapter?[] adapters = [red, null, blue, red, null];
        float[][] alone = [.. adapters.Select((a, i) => Run([a], i)[0])];
        float[][] together = Run(adapters, 0);
        for (int i = 0; i < adapters.Length; i++)
        {
            Assert.Equal(alone[i], together[i]);
        }

        Assert.NotEqual(alone[0], alone[2]);

        float[][] Run(ILowRankAdapter?[] chosen, int first)
        {
            ISequenceCache[] caches = [.. chosen.Select(_ => runner.CreateCache(8))];
            runner.Forward([.. chosen.Select((a, i) => new SequencePiece(caches[i], new[] { 1, 5 + first + i, 9 }, a))]);
            float[][] logits = [.. Enumerable.Range(0, chosen.Length).Select(i => runner.Logits(i).ToArray())];
            Array.ForEach(caches, c => c.Dispose());
            return logits;
        }
    }

    [Fact]
    public void An_adapter_rounded_for_serving_answers_nearly_alike_and_alone_as_in_a_pass_of_all_kinds()
    {
        using DecoderModel model = TinyModel.Create(type: ElementType.Q8_0);
        using LoraAdapter rounded = Moved(1, model);
        using LoraAdapter same = Moved(1, model);
        using LoraAdapter single = Moved(2, model);
        using LoraAdapter decomposed = Moved(3, model, weightDecomposed: true);
        rounded.RoundForServing();
        decomposed.RoundForServing();
        Assert.True(rounded.ByteLength > single.ByteLength);
        using var runner = new DecoderRunner(model, Precision.Int8, 32);
        ILowRankAdapter?[] adapters = [rounded, null, decomposed, single, rounded, null];
        float[][] alone = [.. adapters.Select((a, i) => Run([a], i)[0])];
        float[][] together = Run(adapters, 0);
        for (int i = 0; i < adapters.Length; i++)
        {
            Assert.Equal(alone[i], together[i]);
        }

        // A byte is within 1/254 of the largest of its block; the adapter moves the logits far more than that.
        float[] exact = Run([same], 0)[0];
        float[] none = Run([null], 0)[0];
        Assert.NotEqual(exact, alone[0]);
        double moved = Distance(none, exact);
        Assert.InRange(Distance(exact, alone[0]), 0, 0.03 * moved);

        float[][] Run(ILowRankAdapter?[] chosen, int first)
        {
            ISequenceCache[] caches = [.. chosen.Select(_ => runner.CreateCache(8))];
            runner.Forward([.. chosen.Select((a, i) => new SequencePiece(caches[i], new[] { 1, 5 + first + i, 9 }, a))]);
            float[][] logits = [.. Enumerable.Range(0, chosen.Length).Select(i => runner.Logits(i).ToArray())];
            Array.ForEach(caches, c => c.Dispose());
            return logits;
        }

        static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b, (x, y) => ((double)x - y) * (x - y)).Sum());
    }

    [Fact]
    public void The_same_adapter_is_written_as_the_same_bytes()
    {
        using LoraAdapter adapter = Moved(3);
        adapter.Save(_folder, "tiny");
        byte[] first = File.ReadAllBytes(Path.Combine(_folder, "adapter_model.safetensors"));
        using (var loaded = LoraAdapter.Load(_folder, _model))
        {
            Assert.Equal(adapter.Config.TargetModules, loaded.Config.TargetModules);
            Assert.Equal(adapter.Layers, loaded.Layers);
            loaded.Save(_folder);
        }

        Assert.Equal(first, File.ReadAllBytes(Path.Combine(_folder, "adapter_model.safetensors")));
        using var file = SafetensorsFile.Open(Path.Combine(_folder, "adapter_model.safetensors"));
        Assert.True(file.TryFindTensor(QueryOfFirst + ".lora_B.weight", out SafetensorsTensorInfo? b));
        Assert.Equal(32, b.Shape[0]);
    }

    [Fact]
    public void Rank_stabilised_adapters_scale_by_the_root_of_the_rank()
    {
        Assert.Equal(4f, new LoraConfig { Rank = 4, Alpha = 8, RankStabilized = true }.Scale);
        Assert.Equal(2f, new LoraConfig { Rank = 4, Alpha = 8 }.Scale);
    }

    // The cases of golden/lora/malformed.json, on a model of our own.
    [Fact]
    public void A_folder_that_does_not_fit_is_refused_with_its_fault()
    {
        Assert.Equal(AdapterFault.MissingTensor, Fault(t => t.Remove(QueryOfFirst + ".lora_B.weight")));
        Assert.Equal(AdapterFault.ShapeMismatch, Fault(t => t[QueryOfFirst + ".lora_A.weight"] = new Tensor(ElementType.F32, 4, 31)));
        Assert.Equal(AdapterFault.ShapeMismatch, Fault(t => t[QueryOfFirst + ".lora_B.weight"] = new Tensor(ElementType.F32, 31, 4)));
        Assert.Equal(AdapterFault.RankMismatch, Fault(t => t[QueryOfFirst + ".lora_B.weight"] = new Tensor(ElementType.F32, 32, 3)));
        Assert.Equal(
            AdapterFault.UnknownTensor,
            Fault(t => t["base_model.model.model.layers.99.self_attn.q_proj.lora_A.weight"] = new Tensor(ElementType.F32, 4, 32)));
        Assert.Equal(AdapterFault.InvalidTensor, Fault(t => t[QueryOfFirst + ".lora_A.weight"].Floats[0] = float.NaN));
        Assert.Equal(AdapterFault.RankMismatch, Fault(_ => { }, file => file with { Rank = 2 }));
        Assert.Equal(AdapterFault.UnknownTarget, Fault(_ => { }, file => file with { TargetModules = ["no_such_proj"] }));
        File.Delete(Path.Combine(_folder, "adapter_model.safetensors"));
        Assert.Equal(AdapterFault.MissingFile, Assert.Throws<AdapterFormatException>(() => LoraAdapter.Load(_folder, _model)).Fault);
    }

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private AdapterFault Fault(Action<Dictionary<string, Tensor>> change, Func<AdapterConfigFile, AdapterConfigFile>? configure = null)
    {
        using (LoraAdapter adapter = Moved(4))
        {
            adapter.Save(_folder);
            configure?.Invoke(adapter.File).Write(_folder);
        }

        string path = Path.Combine(_folder, "adapter_model.safetensors");
        Dictionary<string, Tensor> tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            tensors = file.Tensors.ToDictionary(t => t.Name, t => file.ReadTensor(t.Name));
        }

        change(tensors);
        SafetensorsWriter.Write(path, [.. tensors]);
        return Assert.Throws<AdapterFormatException>(() => LoraAdapter.Load(_folder, _model)).Fault;
    }

    private unsafe LoraAdapter Moved(int seed, DecoderModel? model = null, bool weightDecomposed = false)
    {
        var config = new LoraConfig { Rank = 4, Alpha = 8, TargetModules = [LoraConfig.AllLinear], WeightDecomposed = weightDecomposed };
        var adapter = LoraAdapter.Create(model ?? _model, config, (ulong)seed);
        var random = new Random(seed);
        foreach (ref float value in new Span<float>(adapter.Parameters, adapter.ParameterCount))
        {
            value += random.NextSingle() - 0.5f;
        }

        adapter.UpdateGains(model ?? _model);
        return adapter;
    }
}
