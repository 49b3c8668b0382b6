namespace Ratchet.Engine.Formats.Safetensors;

/// <summary>Where a tensor of a safetensors file is, and what it holds.</summary>
/// <param name="Name">For example model.layers.0.mlp.up_proj.weight.</param>
/// <param name="DataType">The format's word: F32, F16, BF16, I64 ...</param>
/// <param name="Shape">Outermost dimension first; empty for a single number.</param>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="ByteLength">Bytes of data.</param>
public sealed record SafetensorsTensorInfo(
    string Name, string DataType, IReadOnlyList<int> Shape, long Offset, long ByteLength)
{
    /// <summary>Numbers in the tensor.</summary>
    public long Count => Shape.Aggregate(1L, (product, dimension) => product * dimension);
}
