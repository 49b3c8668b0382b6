using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>A weight of four-bit levels in the flat blocks of <see cref="FourBitCodec"/>, its scales plain or quantised again.</summary>
public sealed unsafe class FourBitBlocks : IDisposable
{
    private readonly NativeBuffer _packed;
    private readonly NativeBuffer? _scales;
    private readonly NativeBuffer? _codes;
    private readonly float[] _largestOfScales;
    private readonly float _offset;

    /// <summary>Takes levels and plain scales.</summary>
    /// <param name="kind">Which levels.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    /// <param name="blockSize">Numbers that share a scale; even.</param>
    /// <param name="packed">A byte for every two numbers.</param>
    /// <param name="scales">One for each block.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public FourBitBlocks(FourBitKind kind, int outputs, int inputs, int blockSize, ReadOnlySpan<byte> packed, ReadOnlySpan<float> scales)
        : this(kind, outputs, inputs, blockSize, packed, scales.Length)
    {
        _largestOfScales = [];
        _scales = new NativeBuffer((long)scales.Length * sizeof(float));
        scales.CopyTo(_scales.AsSpan<float>(0, scales.Length));
    }

    /// <summary>Takes levels and scales that are eight-bit levels themselves.</summary>
    /// <param name="kind">Which levels.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    /// <param name="blockSize">Numbers that share a scale; even.</param>
    /// <param name="packed">A byte for every two numbers.</param>
    /// <param name="codes">One for each block.</param>
    /// <param name="largestOfScales">One for every 256 blocks.</param>
    /// <param name="offset">Added to every scale.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public FourBitBlocks(
        FourBitKind kind, int outputs, int inputs, int blockSize, ReadOnlySpan<byte> packed, ReadOnlySpan<byte> codes,
        ReadOnlySpan<float> largestOfScales, float offset)
        : this(kind, outputs, inputs, blockSize, packed, codes.Length)
    {
        if (largestOfScales.Length != (codes.Length + FourBitCodec.ScalesPerBlock - 1) / FourBitCodec.ScalesPerBlock)
        {
            _packed.Dispose();
            throw new ArgumentException(
                $"{codes.Length} scales have {largestOfScales.Length} scales of their own; needed is one for every {FourBitCodec.ScalesPerBlock}.",
                nameof(largestOfScales));
        }

        _codes = new NativeBuffer(codes.Length);
        codes.CopyTo(_codes.AsSpan<byte>(0, codes.Length));
        _largestOfScales = largestOfScales.ToArray();
        _offset = offset;
    }

    private FourBitBlocks(FourBitKind kind, int outputs, int inputs, int blockSize, ReadOnlySpan<byte> packed, int blocks)
    {
        long count = (long)outputs * inputs;
        if (blockSize < 2 || blockSize % 2 != 0 || packed.Length != (count + 1) / 2 || blocks != (count + blockSize - 1) / blockSize)
        {
            throw new ArgumentException(
                $"[{outputs}, {inputs}] in blocks of {blockSize} has {packed.Length} bytes and {blocks} scales; "
                + $"needed are {(count + 1) / 2} bytes, an even block size and a scale for each block.", nameof(packed));
        }

        (Kind, Outputs, Inputs, BlockSize) = (kind, outputs, inputs, blockSize);
        _packed = new NativeBuffer(packed.Length);
        packed.CopyTo(_packed.AsSpan<byte>(0, packed.Length));
        _largestOfScales = [];
    }

    /// <summary>Which levels.</summary>
    public FourBitKind Kind { get; }

    /// <summary>Rows.</summary>
    public int Outputs { get; }

    /// <summary>Columns.</summary>
    public int Inputs { get; }

    /// <summary>Numbers that share a scale.</summary>
    public int BlockSize { get; }

    /// <summary>Whether the scales are quantised again.</summary>
    public bool IsDouble => _codes is not null;

    /// <summary>Bytes held.</summary>
    public long ByteLength => _packed.Length + (_scales?.Length ?? 0) + (_codes?.Length ?? 0) + (_largestOfScales.Length * sizeof(float));

    /// <summary>Bytes that a weight of so many numbers takes.</summary>
    /// <param name="count">Numbers.</param>
    /// <param name="isDouble">Whether the scales are quantised too.</param>
    /// <param name="blockSize">Numbers that share a scale.</param>
    public static long BytesOf(long count, bool isDouble, int blockSize = 64)
    {
        long scales = (count + blockSize - 1) / blockSize;
        long largest = (scales + FourBitCodec.ScalesPerBlock - 1) / FourBitCodec.ScalesPerBlock;
        return ((count + 1) / 2) + (isDouble ? scales + (largest * sizeof(float)) : scales * sizeof(float));
    }

    /// <summary>Quantises a weight.</summary>
    /// <param name="kind">Which levels.</param>
    /// <param name="weight">[outputs, inputs], row by row.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    /// <param name="isDouble">Whether the scales are quantised too.</param>
    /// <param name="blockSize">Numbers that share a scale.</param>
    public static FourBitBlocks Quantize(
        FourBitKind kind, ReadOnlySpan<float> weight, int outputs, int inputs, bool isDouble, int blockSize = 64)
    {
        byte[] packed = new byte[(weight.Length + 1) / 2];
        float[] scales = new float[(weight.Length + blockSize - 1) / blockSize];
        FourBitCodec.Quantize(kind, weight, blockSize, packed, scales);
        if (!isDouble)
        {
            return new FourBitBlocks(kind, outputs, inputs, blockSize, packed, scales);
        }

        byte[] codes = new byte[scales.Length];
        float[] largest = new float[(scales.Length + FourBitCodec.ScalesPerBlock - 1) / FourBitCodec.ScalesPerBlock];
        float offset = FourBitCodec.QuantizeScales(scales, codes, largest);
        return new FourBitBlocks(kind, outputs, inputs, blockSize, packed, codes, largest, offset);
    }

    /// <summary>Numbers from a place of the flat weight on.</summary>
    /// <param name="first">The first number, from 0.</param>
    /// <param name="into">Output.</param>
    public void Dequantize(long first, Span<float> into)
    {
        if (first < 0 || first + into.Length > (long)Outputs * Inputs)
        {
            throw new ArgumentOutOfRangeException(nameof(first), $"{into.Length} numbers from {first} on do not lie in [{Outputs}, {Inputs}].");
        }

        ReadOnlySpan<float> table = FourBitCodec.Table(Kind);
        byte* packed = _packed.Pointer;
        int at = 0;
        while (at < into.Length)
        {
            long place = first + at;
            long block = place / BlockSize;
            float scale = Scale(block);
            int end = (int)Math.Min(into.Length, at + ((block + 1) * BlockSize) - place);
            for (; at < end; at++, place++)
            {
                int pair = packed[place >> 1];
                into[at] = table[(place & 1) == 0 ? pair >> 4 : pair & 15] * scale;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _packed.Dispose();
        _scales?.Dispose();
        _codes?.Dispose();
    }

    private float Scale(long block) => _scales is not null
        ? ((float*)_scales.Pointer)[block]
        : (FourBitCodec.DynamicTable[_codes!.Pointer[block]] * _largestOfScales[(int)(block / FourBitCodec.ScalesPerBlock)]) + _offset;
}
