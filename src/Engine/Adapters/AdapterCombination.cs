using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Adapters;

/// <summary>Makes one adapter of several, each with a weight: PEFT's add_weighted_adapter.</summary>
/// <remarks>
/// With w the weights and s the scales, layer by layer; the result's own scale is 1.
/// <code>
/// cat               B·A = Σ w·s·B·A                            exact; the ranks add up
/// svd               B·A = the nearest to Σ w·s·B·A of a rank   B = U·S, A = Vᵀ
/// linear            A = Σ ±√|w·s|·A,  B = Σ √|w·s|·B           one rank; the product has the mixed terms too; the sign goes to A
/// ties, dare, magnitude_prune          the same of pruned factors (<see cref="TaskArithmetic"/>)
/// ties_svd, dare_svd, ...              Σ w·(s·B·A) of pruned changes, then as svd
/// </code>
/// Two things are not as in PEFT, which in the svd types multiplies with s twice (the same where α = r), and takes linear for a single
/// adapter, whatever was asked for.
/// </remarks>
[SuppressMessage("Reliability", "CA2000", Justification = "The combined adapter goes to the caller, or is disposed of where filling it fails.")]
public static unsafe class AdapterCombination
{
    /// <summary>Combines.</summary>
    /// <param name="adapters">Of the same base; they may adapt different layers.</param>
    /// <param name="weights">One for each, of either sign.</param>
    /// <param name="model">The base.</param>
    /// <param name="config">How.</param>
    /// <exception cref="ArgumentException">The adapters cannot be combined; the message says which and why.</exception>
    /// <exception cref="InvalidConfigException">The settings are out of range, or do not go together.</exception>
    public static LoraAdapter Combine(
        IReadOnlyList<LoraAdapter> adapters, IReadOnlyList<float> weights, DecoderModel model, CombinationConfig config)
    {
        config.Validated();
        Check(adapters, weights);
        Dictionary<string, List<Part>> parts = Parts(adapters, weights);
        LoraAdapter combined = Make(adapters, model, parts.ToDictionary(part => part.Key, part => RankOf(part.Key, part.Value, adapters, config)));
        try
        {
            foreach (LoraLayer into in Layers(combined))
            {
                float* factors = combined.Parameters + into.Offset;
                if (config.Type == CombinationType.Cat)
                {
                    LaySideBySide(factors, into, parts[into.Name]);
                }
                else if (config.IsDecomposed)
                {
                    Decompose(factors, into, parts[into.Name], config);
                }
                else
                {
                    MixFactors(factors, into, parts[into.Name], config);
                }
            }

            return combined;
        }
        catch
        {
            combined.Dispose();
            throw;
        }
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

    private static int RankOf(string name, List<Part> own, IReadOnlyList<LoraAdapter> adapters, CombinationConfig config)
    {
        LoraLayer first = own[0].Layer;
        if (config.Type == CombinationType.Cat)
        {
            return own.Sum(part => part.Layer.Rank);
        }

        if (config.IsDecomposed)
        {
            return Math.Min(config.SvdRank ?? adapters.Max(adapter => adapter.RankMax), Math.Min(first.Inputs, first.Outputs));
        }

        return own.All(part => part.Layer.Rank == first.Rank)
            ? first.Rank
            : throw new ArgumentException(
                $"{name} has the ranks {string.Join(", ", own.Select(part => part.Layer.Rank))}; {CombinationConfig.NameOf(config.Type)} needs one rank. "
                + "cat and the types with svd take any.", nameof(adapters));
    }

    private static IEnumerable<LoraLayer> Layers(LoraAdapter adapter) =>
        adapter.EmbeddingLayer is { } embedding ? [.. adapter.Layers, embedding] : adapter.Layers;

    private static Dictionary<string, List<Part>> Parts(IReadOnlyList<LoraAdapter> adapters, IReadOnlyList<float> weights)
    {
        var parts = new Dictionary<string, List<Part>>(StringComparer.Ordinal);
        for (int i = 0; i < adapters.Count; i++)
        {
            foreach (LoraLayer layer in Layers(adapters[i]))
            {
                if (!parts.TryGetValue(layer.Name, out List<Part>? own))
                {
                    parts[layer.Name] = own = [];
                }

                own.Add(new Part(adapters[i], layer, weights[i], i));
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

    private static void LaySideBySide(float* factors, LoraLayer into, List<Part> parts)
    {
        int row = 0;
        foreach (Part part in parts)
        {
            Scale(part.A, factors + ((long)row * into.Inputs), part.Weight * part.Layer.Scale);
            Scale(part.B, factors + ((long)into.Rank * into.Inputs) + ((long)row * into.Outputs), 1f);
            row += part.Layer.Rank;
        }
    }

    private static void Scale(ReadOnlySpan<float> from, float* into, float factor)
    {
        for (int i = 0; i < from.Length; i++)
        {
            into[i] = factor * from[i];
        }
    }

    private static void MixFactors(float* factors, LoraLayer into, List<Part> parts, CombinationConfig config)
    {
        float[] roots = [.. parts.Select(part => (float)Math.Sqrt(Math.Abs((double)part.Weight * part.Layer.Scale)))];
        float[] signed = [.. roots.Zip(parts, (root, part) => part.Weight * part.Layer.Scale < 0 ? -root : root)];
        float[] a = new float[into.Rank * into.Inputs];
        TaskArithmetic.Mix(a, [.. parts.Select(part => part.A.ToArray())], signed, [.. parts.Select(part => part.Key(config, into, 0))], config);
        float[] b = new float[into.Rank * into.Outputs];
        TaskArithmetic.Mix(b, [.. parts.Select(part => part.B.ToArray())], roots, [.. parts.Select(part => part.Key(config, into, 1))], config);
        a.CopyTo(new Span<float>(factors, a.Length));
        b.CopyTo(new Span<float>(factors + a.Length, b.Length));
    }

    private static void Decompose(float* factors, LoraLayer into, List<Part> parts, CombinationConfig config)
    {
        PrincipalParts cut = config.IsPruned ? OfPruned(into, parts, config) : PrincipalParts.OfProduct(
            [.. parts.SelectMany(part => Rows(part.B, into.Outputs, 1))],
            [.. parts.SelectMany(part => Rows(part.A, into.Inputs, (double)part.Weight * part.Layer.Scale))],
            into.Rank);
        var a = new Span<float>(factors, into.Rank * into.Inputs);
        var b = new Span<float>(factors + a.Length, into.Rank * into.Outputs);
        for (int r = 0; r < into.Rank; r++)
        {
            TensorPrimitives.ConvertChecked<double, float>(cut.Right[r], a.Slice(r * into.Inputs, into.Inputs));
            TensorPrimitives.ConvertChecked<double, float>(cut.LeftScaled[r], b.Slice(r * into.Outputs, into.Outputs));
        }

        if (config.SvdClamp is { } quantile)
        {
            Clamp(a, b, quantile);
        }
    }

    private static PrincipalParts OfPruned(LoraLayer into, List<Part> parts, CombinationConfig config)
    {
        // The shorter side as columns: the search for the parts goes through vectors of that length.
        bool isTransposed = into.Inputs > into.Outputs;
        List<float[]> changes = [.. parts.Select(part => part.Change(isTransposed))];
        float[] mixed = new float[changes[0].Length];
        TaskArithmetic.Mix(mixed, changes, [.. parts.Select(part => part.Weight)], [.. parts.Select(part => part.Key(config, into, 2))], config);
        changes.Clear();
        return PrincipalParts.OfMatrix(mixed, Math.Min(into.Inputs, into.Outputs), into.Rank, DropoutKernel.Key(config.Seed, Part.Place(into)), isTransposed);
    }

    private static double[][] Rows(ReadOnlySpan<float> factors, int length, double factor)
    {
        double[][] rows = new double[factors.Length / length][];
        for (int r = 0; r < rows.Length; r++)
        {
            rows[r] = new double[length];
            for (int i = 0; i < length; i++)
            {
                rows[r][i] = factor * factors[(r * length) + i];
            }
        }

        return rows;
    }

    // torch.quantile's rule: between two neighbours in proportion.
    private static void Clamp(Span<float> a, Span<float> b, double quantile)
    {
        float[] sorted = [.. a, .. b];
        Array.Sort(sorted);
        double place = quantile * (sorted.Length - 1);
        int below = (int)place;
        double high = sorted[below] + ((place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - (double)sorted[below]));
        CutOff(a, (float)high);
        CutOff(b, (float)high);
    }

    private static void CutOff(Span<float> numbers, float high)
    {
        foreach (ref float number in numbers)
        {
            number = MathF.Min(MathF.Max(number, -high), high);
        }
    }

    // What one adapter has for a layer.
    private sealed record Part(LoraAdapter Adapter, LoraLayer Layer, float Weight, int Index)
    {
        public ReadOnlySpan<float> A => new(Adapter.Parameters + Layer.Offset, Layer.Rank * Layer.Inputs);

        public ReadOnlySpan<float> B => new(Adapter.Parameters + Layer.OffsetOfB, Layer.Rank * Layer.Outputs);

        // The token embedding has no index among the linear layers.
        public static ulong Place(LoraLayer layer) => layer.LinearIndex < 0 ? ulong.MaxValue : (ulong)layer.LinearIndex;

        // Which numbers of a part (0 of A, 1 of B, 2 of the change) chance drops.
        public ulong Key(CombinationConfig config, LoraLayer layer, ulong part) =>
            DropoutKernel.Key(DropoutKernel.Key(DropoutKernel.Key(config.Seed, Place(layer)), (ulong)Index), part);

        // scale · B·A as [outputs, inputs], or turned over.
        public float[] Change(bool isTransposed)
        {
            ReadOnlySpan<float> down = isTransposed ? A : B;
            ReadOnlySpan<float> across = isTransposed ? B : A;
            int rows = down.Length / Layer.Rank;
            int columns = across.Length / Layer.Rank;
            float[] change = new float[checked(rows * columns)];
            for (int o = 0; o < rows; o++)
            {
                Span<float> row = change.AsSpan(o * columns, columns);
                for (int r = 0; r < Layer.Rank; r++)
                {
                    TensorPrimitives.MultiplyAdd(across.Slice(r * columns, columns), Layer.Scale * down[(r * rows) + o], row, row);
                }
            }

            return change;
        }
    }
}
