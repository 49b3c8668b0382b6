using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Adapters;

/// <summary>The numbers of an adapter that changes nothing yet.</summary>
internal static unsafe class AdapterBeginning
{
    /// <summary>A by chance, B zero; magnitudes and whole weights as the model has them.</summary>
    /// <remarks>
    /// A is uniform within 1/√inputs, PEFT's default (Kaiming with a = √5), from a counter-based generator. Of the token embedding A is
    /// zero and B by chance, since a gradient of A could not flow through a B of zeros to the few tokens that a batch has.
    /// </remarks>
    public static void Fill(LoraAdapter adapter, DecoderModel model, ulong seed)
    {
        foreach (LoraLayer layer in adapter.Layers)
        {
            Uniform(
                adapter.Parameters + layer.Offset, layer.Rank * layer.Inputs, 1f / MathF.Sqrt(layer.Inputs),
                DropoutKernel.Key(seed, (ulong)layer.LinearIndex));
            if (layer.HasMagnitude)
            {
                new Span<float>(adapter.Parameters + layer.OffsetOfMagnitude, layer.Outputs).Fill(1f);
            }
        }

        if (adapter.HasMagnitudes)
        {
            // With B zero the norms are those of the weights, and magnitudes equal to them make the gains 1.
            adapter.UpdateGains(model);
            for (int i = 0; i < adapter.Layers.Count; i++)
            {
                float* magnitudes = adapter.Parameters + adapter.Layers[i].OffsetOfMagnitude;
                for (int o = 0; o < adapter.Layers[i].Outputs; o++)
                {
                    float inverse = adapter.InverseNorms(i)[o];
                    magnitudes[o] = inverse == 0f ? 0f : 1f / inverse;
                }
            }

            adapter.UpdateGains(model);
        }

        if (adapter.EmbeddingLayer is { } embedding)
        {
            Uniform(
                adapter.Parameters + embedding.OffsetOfB, embedding.Rank * embedding.Outputs, 1f,
                DropoutKernel.Key(seed, ulong.MaxValue));
        }

        foreach (SavedModule saved in adapter.Saved)
        {
            CopyFromModel(saved, model, adapter.Parameters + saved.Offset);
        }
    }

    private static void Uniform(float* values, int count, float bound, ulong key)
    {
        for (int i = 0; i < count; i++)
        {
            float unit = (DropoutKernel.Key(key, (ulong)i) >> 40) * (1f / (1 << 24));
            values[i] = ((2f * unit) - 1f) * bound;
        }
    }

    private static void CopyFromModel(SavedModule saved, DecoderModel model, float* into)
    {
        if (saved.Part == SavedPart.HeadBias)
        {
            model.HeadBias!.Floats.CopyTo(new Span<float>(into, saved.Count));
            return;
        }

        Quantization.WeightMatrix matrix = saved.Part == SavedPart.Head ? model.Head : model.TokenEmbedding;
        for (int row = 0; row < saved.Rows; row++)
        {
            matrix.DequantizeRow(row, new Span<float>(into + ((long)row * saved.Columns), saved.Columns));
        }
    }
}
