namespace Ratchet.Engine.Models;

/// <summary>A layer and where its result goes.</summary>
/// <param name="layer">The layer.</param>
/// <param name="y">Its result [rows, outputs].</param>
/// <param name="isFine">Whether activations are not rounded to eight bits, whatever the runner's precision is.</param>
internal readonly unsafe struct LinearOutput(LinearLayer layer, float* y, bool isFine = false)
{
    /// <summary>The layer.</summary>
    public LinearLayer Layer => layer;

    /// <summary>Whether activations are not rounded to eight bits.</summary>
    public bool IsFine => isFine;

    /// <summary>The result from a row on.</summary>
    /// <param name="row">The row.</param>
    public float* From(int row) => y + ((long)row * layer.Outputs);
}
