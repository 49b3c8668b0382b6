using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Formats.Gguf;

/// <summary>Where a tensor of a GGUF file is, and what it holds.</summary>
/// <param name="Name">For example blk.0.attn_q.weight.</param>
/// <param name="Shape">Outermost dimension first (the file lists them the other way round).</param>
/// <param name="Type">How the numbers are stored.</param>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="ByteLength">Bytes of data.</param>
public sealed record GgufTensorInfo(
    string Name, IReadOnlyList<int> Shape, ElementType Type, long Offset, long ByteLength);
