using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>32 inputs of 16 outputs of a tile of <see cref="WordLayout"/>, taken apart: what the products multiply by.</summary>
/// <remarks>
/// <code>
/// | 8 x 64 signed bytes | 2 x 16 scales F32 | 2 x 16 minima F32 |
/// </code>
/// Byte 4 · output + j of group g is level 4g + j of that output; scales and minima come first for inputs 0-15, then for 16-31.
/// It lives in cache for as long as the rows of activations pass by.
/// </remarks>
internal static unsafe class SubTile
{
    /// <summary>Bytes of all.</summary>
    public const int Bytes = MinimumOffset + (2 * TileLayout.Outputs * sizeof(float));

    /// <summary>Bytes before the scales.</summary>
    public const int ScaleOffset = TileLayout.Outputs * BlockPart.Size;

    /// <summary>Bytes before the minima.</summary>
    public const int MinimumOffset = ScaleOffset + (2 * TileLayout.Outputs * sizeof(float));

    private const int Groups = BlockPart.Size / 4;
    private const int GroupBytes = WordLayout.GroupBytes;

    /// <summary>Takes a part of a tile apart.</summary>
    /// <param name="type">A type of <see cref="WordLayout"/>.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="part">Which 32 inputs of it.</param>
    /// <param name="into">Output, <see cref="Bytes"/> bytes.</param>
    public static void Unpack(ElementType type, byte* tile, int part, byte* into)
    {
        if (VectorPath.Width == VectorWidth.Plain)
        {
            UnpackPlain(type, tile, part, into);
            return;
        }

        byte* words = tile + WordLayout.WordOffset(type);
        if (type is ElementType.IQ4_NL or ElementType.IQ4_XS)
        {
            UnpackUneven(words + (type == ElementType.IQ4_XS ? (1 + (4 * part)) * GroupBytes : 0), (sbyte*)into);
        }
        else
        {
            UnpackLevels(Bits(type, part), words, (sbyte*)into);
        }

        SubTileScales.Unpack(type, tile, part, (float*)(into + ScaleOffset));
    }

    /// <summary>panel[input, output] = the numbers, 32 x 16.</summary>
    /// <param name="subTile">As <see cref="Unpack"/> left it.</param>
    /// <param name="hasMinimum">Whether the type has minima. Adding none keeps the sign of a zero.</param>
    /// <param name="panel">Output [32, 16].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToPanel(byte* subTile, bool hasMinimum, float* panel)
    {
        float* scales = (float*)(subTile + ScaleOffset);
        float* minima = (float*)(subTile + MinimumOffset);
        for (int outputs = 0; outputs < TileLayout.Outputs; outputs += 8)
        {
            int* words = (int*)subTile + outputs;
            float* to = panel + outputs;
            for (int group = 0; group < Groups; group++, words += TileLayout.Outputs, to += 4 * TileLayout.Outputs)
            {
                int half = group / (Groups / 2) * TileLayout.Outputs;
                var scale = Vector256.Load(scales + half + outputs);
                var word = Vector256.Load(words);
                Vector256<float> a = Vector256.ConvertToSingle((word << 24) >> 24) * scale;
                Vector256<float> b = Vector256.ConvertToSingle((word << 16) >> 24) * scale;
                Vector256<float> c = Vector256.ConvertToSingle((word << 8) >> 24) * scale;
                Vector256<float> d = Vector256.ConvertToSingle(word >> 24) * scale;
                if (hasMinimum)
                {
                    var minimum = Vector256.Load(minima + half + outputs);
                    (a, b, c, d) = (a + minimum, b + minimum, c + minimum, d + minimum);
                }

                a.Store(to);
                b.Store(to + 16);
                c.Store(to + 32);
                d.Store(to + 48);
            }
        }
    }

    /// <summary>The reference: block by block through <see cref="BlockPart"/>.</summary>
    public static void UnpackPlain(ElementType type, byte* tile, int part, byte* into)
    {
        byte* block = stackalloc byte[type.BlockBytes()];
        Span<sbyte> levels = stackalloc sbyte[BlockPart.Size];
        Span<float> scales = stackalloc float[2];
        Span<float> minima = stackalloc float[2];
        for (int output = 0; output < TileLayout.Outputs; output++)
        {
            WordLayout.ReadBlock(type, tile, output, block);
            BlockPart.Read(type, new ReadOnlySpan<byte>(block, type.BlockBytes()), part, levels, scales, minima);
            for (int i = 0; i < levels.Length; i++)
            {
                ((sbyte*)into)[(i / 4 * GroupBytes) + (output * 4) + (i % 4)] = levels[i];
            }

            for (int half = 0; half < 2; half++)
            {
                ((float*)(into + ScaleOffset))[(half * TileLayout.Outputs) + output] = scales[half];
                ((float*)(into + MinimumOffset))[(half * TileLayout.Outputs) + output] = minima[half];
            }
        }
    }

    private static LevelBits Bits(ElementType type, int part) => type switch
    {
        ElementType.Q2_K => new LevelBits(4 + (part / 4 * 8), 2 * (part % 4), 3),
        ElementType.Q3_K => new LevelBits(8 + (part / 4 * 8), 2 * (part % 4), 3)
        {
            HighWord = 0,
            HighShift = part,
            HighMask = 1,
            HighPlace = 2,
            Center = 4,
        },
        ElementType.Q4_K => new LevelBits(3 + (part / 2 * 8), 4 * (part % 2), 15),
        ElementType.Q5_K => new LevelBits(11 + (part / 2 * 8), 4 * (part % 2), 15)
        {
            HighWord = 3,
            HighShift = part,
            HighMask = 1,
            HighPlace = 4,
        },
        _ => new LevelBits((part / 4 * 16) + (part % 2 * 8), part % 4 / 2 * 4, 15)
        {
            HighWord = 32 + (part / 4 * 8),
            HighShift = 2 * (part % 4),
            HighMask = 3,
            HighPlace = 4,
            Center = 32,
        },
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnpackLevels(LevelBits bits, byte* words, sbyte* into)
    {
        byte* low = words + (bits.LowWord * GroupBytes);
        byte* high = words + (bits.HighWord * GroupBytes);
        var lowMask = Vector256.Create(bits.LowMask);
        var highMask = Vector256.Create(bits.HighMask);
        var center = Vector256.Create(bits.Center);
        bool hasHigh = bits.HighMask != 0;
        for (int at = 0; at < Groups * GroupBytes; at += 32)
        {
            Vector256<byte> level = (Vector256.Load(low + at).AsUInt16() >> bits.LowShift).AsByte() & lowMask;
            if (hasHigh)
            {
                Vector256<byte> upper = (Vector256.Load(high + at).AsUInt16() >> bits.HighShift).AsByte() & highMask;
                level |= (upper.AsUInt16() << bits.HighPlace).AsByte();
            }

            (level.AsSByte() - center).Store(into + at);
        }
    }

    private static void UnpackUneven(byte* words, sbyte* into)
    {
        var table = Vector128.Create(BlockPart.UnevenLevels);
        var mask = Vector128.Create((byte)15);
        const int Half = Groups / 2 * GroupBytes;
        for (int at = 0; at < Half; at += 16)
        {
            var pairs = Vector128.Load(words + at);
            Vector128<byte> upper = (pairs.AsUInt16() >> 4).AsByte() & mask;
            Vector128.Shuffle(table, (pairs & mask).AsSByte()).Store(into + at);
            Vector128.Shuffle(table, upper.AsSByte()).Store(into + Half + at);
        }
    }

    // Where the bits of the levels of a part are: a word to begin at, a shift to the right, a mask; and of the upper bits a place.
    private readonly record struct LevelBits(int LowWord, int LowShift, byte LowMask)
    {
        public int HighWord { get; init; }

        public int HighShift { get; init; }

        public byte HighMask { get; init; }

        public int HighPlace { get; init; }

        public sbyte Center { get; init; }
    }
}
