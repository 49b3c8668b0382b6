using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Adapters;

/// <summary>Makes one adapter of several, each with a weight: PEFT's add_weighted_adapter.</summary>
/// <remarks>
/// With w the weights and s the scales, layer by layer; the result's own scale is 1.
/// <code>
/// Cat     B·A = Σ w·s·B·A           exact; the ranks add up
/// Linear  A = Σ √(w·s)·A, B = Σ √(w·s)·B     same rank; the product has the mixed terms too
/// </code>
/// </remarks>
[SuppressMessage("Reliability", "CA2000", Justification = "The combined adapter goes to the caller, or is disposed of where filling it fails.")]
public static unsafe class AdapterCombination
{
    /// <summary>Lays the factors side by side: the combined change is exactly the weighted sum of the changes.</summary>
    /// <param name="adapters">Of the same base; they may adapt different layers with different ranks.</param>
    /// <param name="weights">One for each, of either sign.</param>
    /// <param name="model">The base.</param>
    /// <exception cref="ArgumentException">The adapters cannot be combined; the message says which and why.</exception>
    public static LoraAdapter Cat(IReadOnlyList<LoraAdapter> adapters, IReadOnlyList<float> weights, DecoderModel model)
    {
        Check(adapters, weights);
        Dictionary<string, List<(LoraAdapter Adapter, LoraLayer Layer, float Weight)>> parts = Parts(adapters, weights);
        LoraAdapter combined = Make(adapters, model, parts.ToDictionary(part => part.Key, part => part.Value.Sum(own => own.Layer.Rank)));
        foreach (LoraLayer into in Layers(combined))
        {
            int row = 0;
            foreach ((LoraAdapter adapter, LoraLayer from, float weight) in parts[into.Name])
            {
                Add(adapter.Parameters + from.Offset, combined.Parameters + into.Offset + ((long)row * into.Inputs), from.Rank * from.Inputs, weight * from.Scale);
                Add(adapter.Parameters + from.OffsetOfB, combined.Parameters + into.OffsetOfB + ((long)row * into.Outputs), from.Rank * from.Outputs, 1f);
                row += from.Rank;
            }
        }

        return combined;
    }

    /// <summary>Adds the factors themselves: as small as one adapter, and near the weighted sum only where the adapters are alike.</summary>
    /// <param name="adapters">Of the same base; a layer that several adapt has one rank in all of them.</param>
    /// <param name="weights">One for each, not negative.</param>
    /// <param name="model">The base.</param>
    /// <exception cref="ArgumentException">The adapters cannot be combined; the message says which and why.</exception>
    public static LoraAdapter Linear(IReadOnlyList<LoraAdapter> adapters, IReadOnlyList<float> weights, DecoderModel model)
    {
        Check(adapters, weights);
        if (weights.FirstOrDefault(weight => weight < 0) is < 0 and var negative)
        {
            throw new ArgumentException($"A weight is {negative}; linear takes its root, so weights from 0 are needed. Cat takes any.", nameof(weights));
        }

        Dictionary<string, List<(LoraAdapter Adapter, LoraLayer Layer, float Weight)>> parts = Parts(adapters, weights);
        foreach ((string name, var own) in parts)
        {
            if (own.Any(part => part.Layer.Rank != own[0].Layer.Rank))
            {
                throw new ArgumentException(
                    $"{name} has the ranks {string.Join(", ", own.Select(part => part.Layer.Rank))}; linear needs one rank. Cat takes any.", nameof(adapters));
            }
        }

        LoraAdapter combined = Make(adapters, model, parts.ToDictionary(part => part.Key, part => part.Value[0].Layer.Rank));
        foreach (LoraLayer into in Layers(combined))
        {
            foreach ((LoraAdapter adapter, LoraLayer from, float weight) in parts[into.Name])
            {
                float share = MathF.Sqrt(weight * from.Scale);
                Add(adapter.Parameters + from.Offset, combined.Parameters + into.Offset, from.Rank * from.Inputs, share);
                Add(adapter.Parameters + from.OffsetOfB, combined.Parameters + into.OffsetOfB, from.Rank * from.Outputs, share);
            }
        }

        return combined;
    }

    private static void Check(IReadOnlyList<LoraAdapter> adapters, IReadOnlyList<float> weights)
    {
        if (adapters.Count == 0 || adapters.Count != weights.Count || weights.Any(weight => !float.IsFinite(weight)))
        {
            throw new ArgumentException(
                $"There are {adapters.Count} adapters and the weights {string.Join(", ", weights)}; at least one adapter is needed, and a finite weight for each.");
        }

        for (int i = 0; i < adapters.Count; i++)
        {
            string? problem = adapters[i].HasMagnitudes ? "learns magnitudes (use_dora), whose norms belong to it alone"
                : adapters[i].Saved.Count > 0 ? $"has {adapters[i].Saved[0].Name} whole (modules_to_save)"
                : null;
            if (problem is not null)
            {
                throw new ArgumentException($"Adapter {i} {problem}; only factors can be combined. Merge it into the base first.", nameof(adapters));
            }
        }
    }

    private static IEnumerable<LoraLayer> Layers(LoraAdapter adapter) =>
        adapter.EmbeddingLayer is { } embedding ? [.. adapter.Layers, embedding] : adapter.Layers;

    private static Dictionary<string, List<(LoraAdapter, LoraLayer Layer, float)>> Parts(IReadOnlyList<LoraAdapter> adapters, IReadOnlyList<float> weights)
    {
        var parts = new Dictionary<string, List<(LoraAdapter, LoraLayer, float)>>(StringComparer.Ordinal);
        for (int i = 0; i < adapters.Count; i++)
        {
            foreach (LoraLayer layer in Layers(adapters[i]))
            {
                if (!parts.TryGetValue(layer.Name, out List<(LoraAdapter, LoraLayer, float)>? own))
                {
                    parts[layer.Name] = own = [];
                }

                own.Add((adapters[i], layer, weights[i]));
            }
        }

        return parts;
    }

    // Layers by their whole names, each with its rank; alpha equals the rank, so every scale is 1.
    private static LoraAdapter Make(IReadOnlyList<LoraAdapter> adapters, DecoderModel model, Dictionary<string, int> ranks)
    {
        int usual = ranks.Values.GroupBy(rank => rank).MaxBy(group => group.Count())!.Key;
        KeyValuePair<string, int>[] others = [.. ranks.Where(rank => rank.Value != usual)];
        AdapterConfigFile file = PeftFolder.Describe(
            new LoraConfig
            {
                Rank = usual,
                Alpha = usual,
                TargetModules = [.. ranks.Keys],
                RankPattern = others.ToDictionary(),
                AlphaPattern = others.ToDictionary(rank => rank.Key, rank => (double)rank.Value),
            },
            model) with
        { BaseModel = adapters[0].File.BaseModel };
        return new LoraAdapter(file, AdapterLayout.Of(file, nameof(AdapterCombination), model), model.Linears.Count);
    }

    private static void Add(float* from, float* into, int count, float factor)
    {
        for (int i = 0; i < count; i++)
        {
            into[i] += factor * from[i];
        }
    }
}
