using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Adapters;

/// <summary>How far the logits of an export are from those of the adapter that it was made of, on the same ids in float32.</summary>
/// <param name="TokenCount">Positions compared.</param>
/// <param name="MergedDifference">Largest difference between the attached and the merged adapter; null where nothing was merged.</param>
/// <param name="ExportDifference">Largest difference between the attached adapter and the export, read again from its files.</param>
/// <param name="ExportError">Squared distance of the export's logits over the squared length of the attached adapter's.</param>
/// <param name="SameBest">Share of positions at which both have the same best token.</param>
/// <param name="EffectDifference">Largest difference between the attached adapter and the bare base: what all others are small or large against.</param>
public sealed record ExportParity(
    int TokenCount, float? MergedDifference, float ExportDifference, double ExportError, double SameBest, float EffectDifference)
{
    /// <summary>Compares logits of attached adapter, merged model and export.</summary>
    /// <param name="model">The base; as it was afterwards.</param>
    /// <param name="adapter">The adapter, or null where the bare model was exported.</param>
    /// <param name="rows">Ids of texts, each within the model's context.</param>
    /// <param name="readExport">Reads the export as another program would: a model, and an adapter where the export is one.</param>
    /// <param name="isMerged">Whether the export holds merged weights.</param>
    public static ExportParity Measure(
        DecoderModel model, LoraAdapter? adapter, IReadOnlyList<int[]> rows, Func<(DecoderModel Model, LoraAdapter? Adapter)> readExport, bool isMerged)
    {
        float[] bare = Logits(model, null, rows);
        float[] attached = adapter is null ? bare : Logits(model, adapter, rows);
        float? merged = null;
        if (isMerged && adapter is not null)
        {
            using MergedAdapter held = adapter.MergeInto(model);
            merged = Largest(attached, Logits(model, null, rows));
        }

        (DecoderModel exported, LoraAdapter? exportedAdapter) = readExport();
        float[] again;
        try
        {
            again = Logits(exported, exportedAdapter, rows);
        }
        finally
        {
            exportedAdapter?.Dispose();
            if (!ReferenceEquals(exported, model))
            {
                exported.Dispose();
            }
        }

        int vocabulary = model.Config.VocabularySize;
        return new ExportParity(
            attached.Length / vocabulary, merged, Largest(attached, again), Error(attached, again), SameBestOf(attached, again, vocabulary),
            Largest(attached, bare));
    }

    private static float[] Logits(DecoderModel model, LoraAdapter? adapter, IReadOnlyList<int[]> rows)
    {
        using var runner = new DecoderRunner(model, Precision.Float32, rows.Max(row => row.Length));
        int vocabulary = model.Config.VocabularySize;
        float[] all = new float[rows.Sum(row => row.Length) * vocabulary];
        int at = 0;
        foreach (int[] row in rows)
        {
            using ISequenceCache cache = runner.CreateCache(row.Length);
            runner.Forward([new SequencePiece(cache, row, adapter, LogitRows.All)]);
            for (int i = 0; i < row.Length; i++, at += vocabulary)
            {
                runner.Logits(i).CopyTo(all.AsSpan(at, vocabulary));
            }
        }

        return all;
    }

    private static float Largest(float[] a, float[] b)
    {
        float largest = 0f;
        for (int i = 0; i < a.Length; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(a[i] - b[i]));
        }

        return largest;
    }

    private static double Error(float[] expected, float[] actual)
    {
        double distance = 0;
        double length = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = (double)expected[i] - actual[i];
            distance += difference * difference;
            length += (double)expected[i] * expected[i];
        }

        return length == 0 ? distance : distance / length;
    }

    private static double SameBestOf(float[] a, float[] b, int vocabulary)
    {
        int same = 0;
        int rows = a.Length / vocabulary;
        for (int row = 0; row < rows; row++)
        {
            same += Best(a.AsSpan(row * vocabulary, vocabulary)) == Best(b.AsSpan(row * vocabulary, vocabulary)) ? 1 : 0;
        }

        return (double)same / Math.Max(1, rows);
    }

    private static int Best(ReadOnlySpan<float> row) => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(row);
}
