using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Adapters;

/// <summary>PiSSA: an adapter begins as the principal part of each weight, and the base keeps the rest.</summary>
/// <remarks>
/// <code>
/// W = U·S·Vᵀ,   A = √(S[:r] / scale)·V[:, :r]ᵀ,   B = U[:, :r]·√(S[:r] / scale),   base = W - scale·B·A
/// </code>
/// Source: Meng et al. 2024, https://arxiv.org/abs/2404.02948, section 3. Nothing is lost: base and adapter give W together.
/// </remarks>
[SuppressMessage("Reliability", "CA2000", Justification = "The adapter goes to the caller; the model owns the rest of a weight until Dispose takes it back.")]
public sealed unsafe class PrincipalAdapter : IDisposable
{
    private readonly List<(LinearLayer Layer, WeightMatrix Own)> _replaced = [];

    private PrincipalAdapter(LoraAdapter adapter, DecoderModel model)
    {
        Adapter = adapter;
        foreach (LoraLayer layer in adapter.Layers)
        {
            LinearLayer linear = model.Linears[layer.LinearIndex];
            _replaced.Add((linear, linear.Exchange(new WeightMatrix(Split(adapter, layer, linear.Weight)))));
        }
    }

    /// <summary>The principal part; owned by the caller.</summary>
    public LoraAdapter Adapter { get; }

    /// <summary>Takes the principal part out of a model's weights. Nothing may run meanwhile.</summary>
    /// <param name="model">Holds the rest, in single precision, until the result is disposed of.</param>
    /// <param name="config">Rank and targets; the rank must not be above a weight's smaller side.</param>
    /// <param name="seed">Of what has no principal part.</param>
    /// <exception cref="InvalidConfigException">A setting is out of range, or does not go with PiSSA.</exception>
    public static PrincipalAdapter Take(DecoderModel model, LoraConfig config, ulong seed)
    {
        var adapter = LoraAdapter.Create(model, config, seed);
        try
        {
            LoraLayer? wide = adapter.Layers.FirstOrDefault(l => l.Rank > Math.Min(l.Inputs, l.Outputs));
            new ConfigCheck(nameof(LoraConfig))
                .Require(!adapter.HasMagnitudes, "WeightDecomposed is on; PiSSA changes the weights whose norms DoRA keeps. Turn one of them off.")
                .Require(
                    wide is null,
                    $"Rank is {wide?.Rank}, but {wide?.Name} is [{wide?.Outputs}, {wide?.Inputs}]; it must not be above the smaller side.")
                .Accept(config);
            return new PrincipalAdapter(adapter, model);
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>A plain adapter for the model's own weights that does what a trained principal part does on the rest.</summary>
    /// <remarks>W + ΔW with ΔW = scale·(B·A - B₀·A₀) = scale·[B, -B₀]·[A; A₀]: twice the rank at the same scale.</remarks>
    /// <param name="trained">The principal part after training.</param>
    /// <param name="initial">The principal part before it.</param>
    /// <param name="model">The base.</param>
    /// <exception cref="ArgumentException">They are not of the same layers and ranks.</exception>
    public static LoraAdapter ToPlain(LoraAdapter trained, LoraAdapter initial, DecoderModel model)
    {
        if (!trained.Layers.SequenceEqual(initial.Layers))
        {
            throw new ArgumentException("The adapter before training has other layers, ranks or scales than the one after it.", nameof(initial));
        }

        AdapterConfigFile file = trained.File;
        double grown = file.RankStabilized ? Math.Sqrt(2) : 2;
        AdapterConfigFile doubled = file with
        {
            Rank = 2 * file.Rank,
            Alpha = grown * file.Alpha,
            RankPattern = file.RankPattern.ToDictionary(e => e.Key, e => 2 * e.Value),
            AlphaPattern = file.AlphaPattern.ToDictionary(e => e.Key, e => grown * e.Value),
        };
        var plain = new LoraAdapter(doubled, AdapterLayout.Of(doubled, nameof(LoraConfig), model), model.Linears.Count);
        for (int i = 0; i < plain.Layers.Count; i++)
        {
            LoraLayer from = trained.Layers[i];
            LoraLayer into = plain.Layers[i];
            int a = from.Rank * from.Inputs;
            int b = from.Rank * from.Outputs;
            Copy(trained.Parameters + from.Offset, plain.Parameters + into.Offset, a, 1f);
            Copy(initial.Parameters + from.Offset, plain.Parameters + into.Offset + a, a, 1f);
            Copy(trained.Parameters + from.OffsetOfB, plain.Parameters + into.OffsetOfB, b, 1f);
            Copy(initial.Parameters + from.OffsetOfB, plain.Parameters + into.OffsetOfB + b, b, -1f);
        }

        return plain;
    }

    /// <summary>Does something while the model has its own weights. Nothing else may run meanwhile.</summary>
    /// <param name="body">Sees the untouched base.</param>
    public void WithOwnWeights(Action body)
    {
        Swap();
        try
        {
            body();
        }
        finally
        {
            Swap();
        }
    }

    /// <summary>Gives the model its own weights back, bit for bit.</summary>
    public void Dispose()
    {
        foreach ((LinearLayer layer, WeightMatrix own) in _replaced)
        {
            layer.Exchange(own).Dispose();
        }

        _replaced.Clear();
    }

    private void Swap()
    {
        for (int i = 0; i < _replaced.Count; i++)
        {
            (LinearLayer layer, WeightMatrix own) = _replaced[i];
            _replaced[i] = (layer, layer.Exchange(own));
        }
    }

    private static void Copy(float* from, float* into, int count, float factor)
    {
        for (int i = 0; i < count; i++)
        {
            into[i] = factor * from[i];
        }
    }

    private static Tensor Split(LoraAdapter adapter, LoraLayer layer, WeightMatrix weight)
    {
        var rest = new Tensor(ElementType.F32, layer.Outputs, layer.Inputs);
        Span<float> numbers = rest.Floats;
        for (int o = 0; o < layer.Outputs; o++)
        {
            weight.DequantizeRow(o, numbers.Slice(o * layer.Inputs, layer.Inputs));
        }

        var values = SingularValues.Of<float>(numbers, layer.Outputs, layer.Inputs);
        float* a = adapter.Parameters + layer.Offset;
        float* b = adapter.Parameters + layer.OffsetOfB;
        for (int r = 0; r < layer.Rank; r++)
        {
            // Both vectors come times their value s; the root of s / scale is wanted on each.
            double s = values.Values[r];
            double share = s == 0 ? 0 : 1 / Math.Sqrt(s * layer.Scale);
            double[] left = values.LeftScaled(r);
            double[] right = values.RightScaled(r);
            for (int j = 0; j < layer.Inputs; j++)
            {
                a[((long)r * layer.Inputs) + j] = (float)(right[j] * share);
            }

            for (int o = 0; o < layer.Outputs; o++)
            {
                b[((long)r * layer.Outputs) + o] = (float)(left[o] * share);
            }
        }

        for (int o = 0; o < layer.Outputs; o++)
        {
            for (int j = 0; j < layer.Inputs; j++)
            {
                double product = 0;
                for (int r = 0; r < layer.Rank; r++)
                {
                    product += (double)b[((long)r * layer.Outputs) + o] * a[((long)r * layer.Inputs) + j];
                }

                numbers[(o * layer.Inputs) + j] -= (float)(layer.Scale * product);
            }
        }

        return rest;
    }
}
