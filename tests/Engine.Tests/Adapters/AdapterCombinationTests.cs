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

        using LoraAdapter combined = Combine([red, blue], weights, CombinationType.Cat);

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
        using (LoraAdapter combined = Combine([own, own], [0.25f, 0.75f], CombinationType.Cat))
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

        using LoraAdapter combined = Combine([red, blue], weights, CombinationType.Linear);

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

        Assert.Contains("ranks 2, 3", Refusal(() => Combine([two, three], [1, 1], CombinationType.Linear)), StringComparison.Ordinal);
        Assert.Contains("use_dora", Refusal(() => Combine([two, dora], [1, 1], CombinationType.Cat)), StringComparison.Ordinal);
        Assert.Contains("modules_to_save", Refusal(() => Combine([saved], [1], CombinationType.Cat)), StringComparison.Ordinal);
        Assert.Contains("1 adapters", Refusal(() => Combine([two], [1, 2], CombinationType.Cat)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CombinationType.Svd)]
    [InlineData(CombinationType.MagnitudePruneSvd)]
    [InlineData(CombinationType.DareLinearSvd)]
    public void Svd_with_the_rank_of_both_changes_each_layer_as_cat_does(CombinationType type) => Claim.Holds(4, (random, size) =>
    {
        using LoraAdapter red = Adapter(random, 1 + (size % 3), ["q_proj", "down_proj", "k_proj"]);
        using LoraAdapter blue = Adapter(random, 2, ["q_proj", "down_proj", "k_proj", "embed_tokens"]);
        float[] weights = [0.7f, -1.3f];
        using LoraAdapter cat = Combine([red, blue], weights, CombinationType.Cat);

        using LoraAdapter svd = Combine(
            [red, blue], weights, new CombinationConfig { Type = type, SvdRank = red.RankMax + 2, Density = type == CombinationType.Svd ? null : 1 });

        foreach ((LoraLayer expected, LoraLayer layer) in AllLayers(cat).Zip(AllLayers(svd)))
        {
            Assert.Equal((expected.Name, red.RankMax + 2, 1f), (layer.Name, layer.Rank, layer.Scale));
            TensorAssert.Close(Product(cat, expected), Product(svd, layer), Atol, Rtol, layer.Name);
        }
    });

    [Fact]
    public void Svd_takes_the_highest_rank_and_no_more_than_a_layer_has_room_for()
    {
        using LoraAdapter red = Adapter(new Random(1), 1, ["q_proj"]);
        using LoraAdapter blue = Adapter(new Random(2), 3, ["q_proj", "k_proj"]);

        using LoraAdapter usual = Combine([red, blue], [1, 1], CombinationType.Svd);
        using LoraAdapter wide = Combine([red, blue], [1, 1], new CombinationConfig { Type = CombinationType.Svd, SvdRank = 20 });

        Assert.All(usual.Layers, layer => Assert.Equal(3, layer.Rank));
        Assert.All(wide.Layers, layer => Assert.Equal(Math.Min(20, layer.Outputs), layer.Rank));
        Assert.Contains(wide.Layers, layer => layer.Rank == 16);
        wide.Save(_folder, "tiny");
        using var read = LoraAdapter.Load(_folder, _model);
        Assert.Equal(wide.Layers, read.Layers);
    }

    [Theory]
    [InlineData(CombinationType.Ties)]
    [InlineData(CombinationType.DareTies)]
    [InlineData(CombinationType.DareLinear)]
    [InlineData(CombinationType.MagnitudePrune)]
    public void One_adapter_of_which_all_is_kept_stays_what_it_is(CombinationType type)
    {
        using LoraAdapter own = Adapter(new Random(3), 3, ["q_proj", "down_proj"]);

        using LoraAdapter combined = Combine([own], [1], new CombinationConfig { Type = type, Density = 1 });

        Assert.All(own.Layers, layer => TensorAssert.Close(
            Product(own, layer), Product(combined, combined.Layers.Single(l => l.Name == layer.Name)), Atol, Rtol, layer.Name));
    }

    [Theory]
    [InlineData(CombinationType.DareLinear)]
    [InlineData(CombinationType.MagnitudePrune)]
    public void Several_of_which_all_is_kept_are_added_as_linear_does(CombinationType type)
    {
        using LoraAdapter red = Adapter(new Random(3), 2, ["q_proj"]);
        using LoraAdapter blue = Adapter(new Random(4), 2, ["q_proj", "k_proj"]);
        using LoraAdapter linear = Combine([red, blue], [0.5f, -2], CombinationType.Linear);

        using LoraAdapter combined = Combine([red, blue], [0.5f, -2], new CombinationConfig { Type = type, Density = 1 });

        Assert.Equal(Numbers(linear), Numbers(combined));
    }

    [Fact]
    public void A_seed_settles_what_chance_drops_and_what_stays_is_scaled_up()
    {
        using LoraAdapter own = Adapter(new Random(3), 4, [LoraConfig.AllLinear]);
        var config = new CombinationConfig { Type = CombinationType.DareLinear, Density = 0.5, Seed = 7 };
        using LoraAdapter whole = Combine([own], [1], CombinationType.Linear);
        using LoraAdapter first = Combine([own], [1], config);
        using LoraAdapter again = Combine([own], [1], config);
        using LoraAdapter other = Combine([own], [1], config with { Seed = 8 });

        Assert.Equal(Numbers(first), Numbers(again));
        Assert.NotEqual(Numbers(first), Numbers(other));
        Assert.All(Numbers(first).Zip(Numbers(whole)), pair => Assert.True(pair.First == 0 || Math.Abs(pair.First - (2 * pair.Second)) <= Rtol));
        double kept = Numbers(first).Count(number => number != 0) / (double)Numbers(first).Length;
        Assert.InRange(kept, 0.46, 0.54);
    }

    [Fact]
    public void Settings_that_do_not_go_together_are_refused_by_name()
    {
        using LoraAdapter two = Adapter(new Random(7), 2, ["q_proj"]);

        foreach ((CombinationConfig config, string[] told) in new (CombinationConfig, string[])[]
        {
            (new() { Type = CombinationType.Ties }, ["Density is missing", "ties needs"]),
            (new() { Type = CombinationType.DareTiesSvd, Density = 0 }, ["Density is 0"]),
            (new() { Type = CombinationType.MagnitudePrune, Density = double.NaN }, ["Density is NaN"]),
            (new() { Type = CombinationType.Cat, Density = 0.5, SvdRank = 4 }, ["cat drops nothing", "cat decomposes nothing"]),
            (new() { Type = CombinationType.Svd, SvdRank = 0, SvdClamp = 0.2 }, ["SvdRank is 0", "SvdClamp is 0.2"]),
            (new() { Type = CombinationType.Linear, MajoritySign = MajoritySign.Frequency }, ["linear elects no sign"]),
        })
        {
            string message = Assert.Throws<InvalidConfigException>(() => Combine([two], [1], config).Dispose()).Message;
            Assert.All(told, part => Assert.Contains(part, message, StringComparison.Ordinal));
        }
    }

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Refusal(Func<LoraAdapter> combine) => Assert.Throws<ArgumentException>(() => combine().Dispose()).Message;

    private static LoraLayer[] AllLayers(LoraAdapter adapter) => adapter.EmbeddingLayer is { } own ? [.. adapter.Layers, own] : [.. adapter.Layers];

    private static float[] Numbers(LoraAdapter adapter) => new ReadOnlySpan<float>(adapter.Parameters, adapter.ParameterCount).ToArray();

    private static float[] Product(LoraAdapter adapter, LoraLayer layer)
    {
        float[] product = new float[layer.Outputs * layer.Inputs];
        for (int at = 0; at < product.Length; at++)
        {
            (int o, int i) = (at / layer.Inputs, at % layer.Inputs);
            double sum = 0;
            for (int r = 0; r < layer.Rank; r++)
            {
                sum += (double)adapter.Parameters[layer.OffsetOfB + (r * layer.Outputs) + o] * adapter.Parameters[layer.Offset + (r * layer.Inputs) + i];
            }

            product[at] = (float)(layer.Scale * sum);
        }

        return product;
    }

    private LoraAdapter Combine(LoraAdapter[] adapters, float[] weights, CombinationType type) =>
        Combine(adapters, weights, new CombinationConfig { Type = type });

    private LoraAdapter Combine(LoraAdapter[] adapters, float[] weights, CombinationConfig config) =>
        AdapterCombination.Combine(adapters, weights, _model, config);

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
