using Ratchet.Engine.Tensors;
using Ratchet.Engine.Torch.Devices;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Ratchet.Engine.Torch.Weights;

/// <summary>Blocks of 32 numbers with their parts side by side, as a device can compute with them.</summary>
/// <remarks>
/// ggml's blocks mix half-precision scales with nibbles; torch cannot read a tensor's bytes as another type, so the parts are put apart
/// on the way to the device (bytes are moved, nothing is computed) and become numbers there:
/// <code>
/// scales [rows, blocks, 1] F16   minima [rows, blocks, 1] F16   fifth bits [rows, blocks, 1] int32   numbers [rows, blocks, 16 | 32]
/// </code>
/// The formulas are those of <see cref="Quantization.BlockCodec"/>, in the same order, so that single precision gives the same bits.
/// </remarks>
internal sealed unsafe class BlockParts : IDisposable
{
    private const int BlockSize = 32;

    private readonly ElementType _type;
    private readonly Tensor[] _parts;

    private BlockParts(ElementType type, Tensor[] parts)
    {
        _type = type;
        _parts = parts;
    }

    /// <summary>Whether blocks of this type become numbers on the device; others do on the host.</summary>
    public static bool Knows(ElementType type)
        => type is ElementType.Q4_0 or ElementType.Q4_1 or ElementType.Q5_0 or ElementType.Q5_1 or ElementType.Q8_0;

    /// <summary>Takes rows of blocks to the device. The tensors belong to the scope of the caller.</summary>
    /// <param name="type">One that is known.</param>
    /// <param name="rows">The stored blocks.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="columns">Numbers a row.</param>
    /// <param name="device">Where to.</param>
    public static BlockParts Upload(ElementType type, byte* rows, long rowCount, long columns, TorchDevice device)
    {
        long blocks = columns / BlockSize;
        bool hasMinimum = HasMinimum(type);
        bool hasFifthBits = HasFifthBits(type);
        int numberBytes = type == ElementType.Q8_0 ? 32 : 16;
        var parts = new List<Tensor> { Part(0, 2, ScalarType.Float16, 1) };
        int at = 2;
        if (hasMinimum)
        {
            parts.Add(Part(at, 2, ScalarType.Float16, 1));
            at += 2;
        }

        if (hasFifthBits)
        {
            parts.Add(Part(at, 4, ScalarType.Int32, 1));
            at += 4;
        }

        parts.Add(Part(at, numberBytes, type == ElementType.Q8_0 ? ScalarType.Int8 : ScalarType.Byte, numberBytes));
        return new BlockParts(type, [.. parts]);

        Tensor Part(int offset, int bytes, ScalarType partType, long last)
        {
            int stride = type.BlockBytes();
            byte[] gathered = new byte[checked(rowCount * blocks * bytes)];
            fixed (byte* into = gathered)
            {
                for (long block = 0; block < rowCount * blocks; block++)
                {
                    Buffer.MemoryCopy(rows + (block * stride) + offset, into + (block * bytes), bytes, bytes);
                }

                return HostCopy.Upload(into, partType, [rowCount, blocks, last], device);
            }
        }
    }

    /// <summary>Puts the rows of several under one another. The tensors leave the scope of the caller and are this object's own.</summary>
    public static BlockParts Own(IReadOnlyList<BlockParts> pieces)
    {
        var parts = new Tensor[pieces[0]._parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            Tensor whole = pieces.Count == 1 ? pieces[0]._parts[i] : cat([.. pieces.Select(p => p._parts[i])], 0);
            parts[i] = whole.DetachFromDisposeScope();
        }

        return new BlockParts(pieces[0]._type, parts);
    }

    /// <summary>All rows as numbers in single precision, [rows, columns].</summary>
    public Tensor Dequantize() => Dequantize(_parts);

    /// <summary>Some rows.</summary>
    /// <param name="rows">Their numbers, Int64.</param>
    public Tensor Dequantize(Tensor rows) => Dequantize([.. _parts.Select(p => p.index_select(0, rows))]);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor part in _parts)
        {
            part.Dispose();
        }
    }

    private static bool HasMinimum(ElementType type) => type is ElementType.Q4_1 or ElementType.Q5_1;

    private static bool HasFifthBits(ElementType type) => type is ElementType.Q5_0 or ElementType.Q5_1;

    private Tensor Dequantize(Tensor[] parts)
    {
        Tensor scales = parts[0].to(ScalarType.Float32);
        Tensor stored = parts[^1];
        Tensor numbers = _type == ElementType.Q8_0 ? stored.to(ScalarType.Float32) : Levels(parts, stored);
        if (HasMinimum(_type))
        {
            numbers = numbers.mul(scales).add(parts[1].to(ScalarType.Float32));
        }
        else if (_type == ElementType.Q8_0)
        {
            numbers = numbers.mul(scales);
        }
        else
        {
            numbers = numbers.sub(HasFifthBits(_type) ? 16 : 8).mul(scales);
        }

        return numbers.view(stored.shape[0], -1);
    }

    // Nibble j is number j in its lower half and number j + 16 in its upper half; bit j of the fifth bits is number j's.
    private Tensor Levels(Tensor[] parts, Tensor stored)
    {
        Device device = stored.device;
        Tensor low = stored.bitwise_and(tensor((byte)15, device: device));
        Tensor high = stored.bitwise_right_shift(tensor((byte)4, device: device));
        Tensor levels = cat([low, high], -1);
        if (HasFifthBits(_type))
        {
            Tensor places = arange(0, BlockSize, dtype: ScalarType.Int32, device: device);
            Tensor bits = parts[^2].bitwise_right_shift(places).bitwise_and(tensor(1, device: device));
            levels = levels.to(ScalarType.Int32).add(bits.mul(16));
        }

        return levels.to(ScalarType.Float32);
    }
}
