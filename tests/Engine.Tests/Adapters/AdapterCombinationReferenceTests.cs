using System.Text.Json;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Models;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Adapters;

/// <summary>PEFT's combination types against numpy's numbers, which combination.py made.</summary>
public sealed unsafe class AdapterCombinationReferenceTests
{
    // Seven digits are kept in the file; a sum of six products of float32 rounds as much.
    private const float Atol = 1e-6f;
    private const float Rtol = 1e-6f;

    // A singular vector's error is that of the pruned float32 change over the gap between the values.
    private const float CutAtol = 1e-5f;

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly Reference Numbers = JsonSerializer.Deserialize<Reference>(
        File.ReadAllBytes(Path.Combine(SourceTree.Root, "tests", "Engine.Tests", "Adapters", "combination.json")), SnakeCase)!;

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Numbers.Cases.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_numbers_are_those_of_the_reference(int index)
    {
        Case expected = Numbers.Cases[index];
        using DecoderModel model = TinyModel.Create();
        LoraAdapter[] adapters = [.. Numbers.Weights.Select((_, adapter) => Filled(model, adapter))];
        var config = new CombinationConfig
        {
            Type = Enum.GetValues<CombinationType>().Single(type => CombinationConfig.NameOf(type) == expected.Type),
            Density = expected.Density,
            MajoritySign = expected.MajoritySignMethod == "frequency" ? MajoritySign.Frequency : MajoritySign.Total,
            SvdRank = expected.SvdRank,
            SvdClamp = expected.SvdClamp,
        };

        using LoraAdapter combined = AdapterCombination.Combine(adapters, Numbers.Weights, model, config);

        LoraLayer layer = Assert.Single(combined.Layers);
        var a = new ReadOnlySpan<float>(combined.Parameters + layer.Offset, layer.Rank * layer.Inputs);
        var b = new ReadOnlySpan<float>(combined.Parameters + layer.OffsetOfB, layer.Rank * layer.Outputs);
        if (expected.Change is { } change)
        {
            Assert.Equal(expected.SvdRank ?? Numbers.Rank, layer.Rank);
            float[] product = new float[layer.Outputs * layer.Inputs];
            for (int i = 0; i < product.Length; i++)
            {
                for (int r = 0; r < layer.Rank; r++)
                {
                    product[i] += b[(r * layer.Outputs) + (i / layer.Inputs)] * a[(r * layer.Inputs) + (i % layer.Inputs)];
                }
            }

            TensorAssert.Close(change, product, CutAtol, 0f, expected.Type);
        }
        else
        {
            TensorAssert.Close(expected.A, a, Atol, Rtol, $"{expected.Type}, A");
            TensorAssert.Close(expected.B, b, Atol, Rtol, $"{expected.Type}, B");
        }

        Array.ForEach(adapters, adapter => adapter.Dispose());
    }

    // The formula of combination.py.
    private static LoraAdapter Filled(DecoderModel model, int index)
    {
        var adapter = LoraAdapter.Create(
            model,
            new LoraConfig { Rank = Numbers.Rank, Alpha = Numbers.Rank * Numbers.Scale, TargetModules = ["model.layers.0.self_attn.k_proj"] },
            seed: 1);
        LoraLayer layer = adapter.Layers[0];
        for (int part = 0; part < 2; part++)
        {
            int count = layer.Rank * (part == 0 ? layer.Inputs : layer.Outputs);
            float* into = adapter.Parameters + (part == 0 ? layer.Offset : layer.OffsetOfB);
            for (long i = 0; i < count; i++)
            {
                into[i] = (float)((((((i * 7919) + (((2 * index) + part) * 104729L)) % 2003) + 0.25) / 2003 - 0.5) * 0.4);
            }
        }

        return adapter;
    }

    private sealed record Reference(float Scale, int Rank, float[] Weights, Case[] Cases);

    private sealed record Case(
        string Type, double? Density, string? MajoritySignMethod, int? SvdRank, double? SvdClamp, float[]? A, float[]? B, float[]? Change);
}
