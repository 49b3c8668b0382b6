namespace Ratchet.Engine.Models;

/// <summary>How positions turn queries and keys; see <see cref="Kernels.RotaryKernel"/>.</summary>
public sealed record RotaryConfig
{
    /// <summary>Base of the geometric series of frequencies: 10,000 in the paper, 100,000 for SmolLM2, 500,000 for Llama 3.</summary>
    public required float FrequencyBase { get; init; }

    /// <summary>Numbers of a head that are turned, from its start; even.</summary>
    public required int Size { get; init; }

    /// <summary>Positions are divided by this (linear scaling); 1 where the model was trained at its own length.</summary>
    public float ScalingFactor { get; init; } = 1f;

    /// <summary>Each frequency is divided by its factor (Llama 3's and YaRN's scaling); empty where there is none.</summary>
    public IReadOnlyList<float> FrequencyFactors { get; init; } = [];

    /// <summary>Factor on turned queries and keys (YaRN's); 1 where there is none.</summary>
    public float Magnitude { get; init; } = 1f;

    /// <summary>Radians a position of each pair [Size / 2].</summary>
    public float[] InverseFrequencies()
    {
        float[] result = new float[Size / 2];
        for (int i = 0; i < result.Length; i++)
        {
            double frequency = 1.0 / Math.Pow(FrequencyBase, (float)(2 * i) / Size);
            double factor = FrequencyFactors.Count == 0 ? 1 : FrequencyFactors[i];
            result[i] = (float)(frequency / factor / ScalingFactor);
        }

        return result;
    }
}
