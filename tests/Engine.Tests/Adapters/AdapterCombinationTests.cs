using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Models;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Adapters;

/// <summary>Several adapters as one: against the products written out in double precision, and through the model.</summary>
public sealed unsafe class AdapterCombinationTests : IDisposable
{
    private const float Atol = 1e-6f;
    private const float Rtol = 1e-5f;
    private const float LogitAtol = 1e-4f;

    private readonly DecoderModel _model = TinyModel.Create();
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-combined-").FullName;

    [Fact]
    public void Cat_changes_each_layer_by_the_weighted_sum_of_the_changes() => Claim.Holds(6, (random, size) =>
    {
        using LoraAdapter red = Adapter(random, 1 + (size % 3), ["q_proj", "down_proj"]);
        using LoraAdapter blue = Adapter(random, 2, size % 2 == 0 ? ["q_proj", "v_proj"] : ["q_proj", "down_proj"]);
        float[] weights = [0.7f, -1.3f];

        using LoraAdapter combined = AdapterCombination.Cat([red, blue], weights, _model);

        Assert.All(combined.Layers, layer => Assert.Equal(1f, layer.Scale));
        foreach (LoraLayer layer in combined.Layers)
        {
            double[] expected = [.. Product(red, layer.Name).Zip(Product(blue, layer.Name), (a, b) => (weights[0] * a) + (weights[1] * b))];
            TensorAssert.Close([.. expected.Select(value => (float)value)], [.. Product(combined, layer.Name).Select(value => (float)value)], Atol, Rtol, layer.Name);
        }
    });

    [Fact]
    public void Cat_of_one_with_weight_one_gives_the_same_logits_after_a_round_trip_through_peft()
    {
        using LoraAdapter own = Adapter(new Random(3), 3, [LoraConfig.AllLinear]);
        using (LoraAdapter combined = AdapterCombination.Cat([own, own], [0.25f, 0.75f], _model))
        {
            combined.Save(_folder, "tiny");
        }

        using var read = LoraAdapter.Load(_folder, _model);
        Assert.All(read.Layers, layer => Assert.Equal(6, layer.Rank));
        TensorAssert.Close(Logits(own), Logits(read), LogitAtol, 0f, "logits");
    }

    [Fact]
    public void Linear_adds_the_factors_by_the_root_of_weight_and_scale()
    {
        var random = new Random(5);
        using LoraAdapter red = Adapter(random, 2, ["q_proj"]);
        using LoraAdapter blue = Adapter(random, 2, ["q_proj", "v_proj"]);
        float[] weights = [0.5f, 2f];

        using LoraAdapter combined = AdapterCombination.Linear([red, blue], weights, _model);

        foreach (LoraLayer layer in combined.Layers)
        {
            Assert.Equal(2, layer.Rank);
            float[] expected = new float[layer.Count];
            foreach ((LoraAdapter adapter, float weight) in new[] { (red, weights[0]), (blue, weights[1]) })
            {
                LoraLayer? from = adapter.Layers.FirstOrDefault(own => own.Name == layer.Name);
                for (int i = 0; from is not null && i < expected.Length; i++)
                {
                    expected[i] += (float)Math.Sqrt((double)weight * from.Scale) * adapter.Parameters[from.Offset + i];
                }
            }

            TensorAssert.Close(expected, new ReadOnlySpan<float>(combined.Parameters + layer.Offset, layer.Count), Atol, Rtol, layer.Name);
        }
    }

    [Fact]
    public void What_cannot_be_combined_is_refused_with_the_reason()
    {
        var random = new Random(7);
        using LoraAdapter two = Adapter(random, 2, ["q_proj"]);
        using LoraAdapter three = Adapter(random, 3, ["q_proj"]);
        using var dora = LoraAdapter.Create(_model, new LoraConfig { Rank = 2, WeightDecomposed = true }, 1);
        using var saved = LoraAdapter.Create(_model, new LoraConfig { Rank = 2, ModulesToSave = [_model.PartNames.Head] }, 1);

        Assert.Contains("ranks 2, 3", Refusal(() => AdapterCombination.Linear([two, three], [1, 1], _model)), StringComparison.Ordinal);
        Assert.Contains("-1", Refusal(() => AdapterCombination.Linear([two], [-1], _model)), StringComparison.Ordinal);
        Assert.Contains("use_dora", Refusal(() => AdapterCombination.Cat([two, dora], [1, 1], _model)), StringComparison.Ordinal);
        Assert.Contains("modules_to_save", Refusal(() => AdapterCombination.Cat([saved], [1], _model)), StringComparison.Ordinal);
        Assert.Contains("1 adapters", Refusal(() => AdapterCombination.Cat([two], [1, 2], _model)), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Refusal(Func<LoraAdapter> combine) => Assert.Throws<ArgumentException>(() => combine().Dispose()).Message;

    private LoraAdapter Adapter(Random random, int rank, IReadOnlyList<string> targets)
    {
        var adapter = LoraAdapter.Create(_model, new LoraConfig { Rank = rank, Alpha = 3, TargetModules = targets }, 11);
        foreach (ref float value in new Span<float>(adapter.Parameters, adapter.ParameterCount))
        {
            value = (random.NextSingle() - 0.5f) * 0.4f;
        }

        return adapter;
    }

    // scale · B·A of a layer, [outputs, inputs]; zeros where the adapter does not have it.
    private double[] Product(LoraAdapter adapter, string name)
    {
        LinearLayer linear = _model.Linears.Single(own => own.Name == name);
        double[] product = new double[linear.Outputs * linear.Inputs];
        if (adapter.Layers.FirstOrDefault(own => own.Name == name) is { } layer)
        {
            for (int o = 0; o < layer.Outputs; o++)
            {
                for (int i = 0; i < layer.Inputs; i++)
                {
                    for (int r = 0; r < layer.Rank; r++)
                    {
                        product[(o * layer.Inputs) + i] += (double)layer.Scale
                            * adapter.Parameters[layer.OffsetOfB + (r * layer.Outputs) + o] * adapter.Parameters[layer.Offset + (r * layer.Inputs) + i];
                    }
                }
            }
        }

        return product;
    }

    private float[] Logits(LoraAdapter adapter)
    {
        using var runner = new DecoderRunner(_model, Precision.Float32, 16);
        using ISequenceCache cache = runner.CreateCache(8);
        runner.Forward([new SequencePiece(cache, new[] { 1, 5, 9 }, adapter)]);
        return runner.Logits(0).ToArray();
    }
}
