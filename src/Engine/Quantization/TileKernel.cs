using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>Dequantises a tile into the panel of 16 columns that the matrix kernels multiply by.</summary>
internal static unsafe class TileKernel
{
    /// <summary>panel[input, output] = the numbers of 32 inputs of the tile, 32 x 16.</summary>
    /// <param name="type">A type of blocks.</param>
    /// <param name="tile">A tile of <see cref="TileLayout"/>.</param>
    /// <param name="part">Which 32 inputs; 0 where a block has no more.</param>
    /// <param name="panel">[32, 16].</param>
    public static void Dequantize(ElementType type, byte* tile, int part, float* panel)
    {
        if (VectorPath.Width == VectorWidth.Plain)
        {
            DequantizePlain(type, tile, part, panel);
            return;
        }

        if (WordLayout.Has(type))
        {
            byte* subTile = stackalloc byte[SubTile.Bytes];
            SubTile.Unpack(type, tile, part, subTile);
            SubTile.ToPanel(subTile, WordLayout.HasMinimum(type), panel);
            return;
        }

        byte* numbers = tile + TileLayout.NumberOffset(type);
        switch (type)
        {
            case ElementType.Q8_0:
                DequantizeBytes(tile, panel);
                return;
            case ElementType.Q4_0:
                DequantizeNibbles(new Centered(tile, 8), numbers, panel);
                return;
            case ElementType.Q4_1:
                DequantizeNibbles(new FromMinimum(tile), numbers, panel);
                return;
            case ElementType.Q5_0:
                DequantizeNibbles(new WithFifthBit<Centered>(new Centered(tile, 16), tile + TileLayout.FifthBitOffset(type)), numbers, panel);
                return;
            default:
                DequantizeNibbles(new WithFifthBit<FromMinimum>(new FromMinimum(tile), tile + TileLayout.FifthBitOffset(type)), numbers, panel);
                return;
        }
    }

    /// <summary>The reference: block by block through <see cref="BlockCodec"/>.</summary>
    public static void DequantizePlain(ElementType type, byte* tile, int part, float* panel)
    {
        int bytes = type.BlockBytes();
        Span<byte> block = stackalloc byte[bytes];
        Span<float> all = stackalloc float[type.BlockSize()];
        ReadOnlySpan<float> numbers = all.Slice(part * TileLayout.Inputs, TileLayout.Inputs);
        for (int output = 0; output < TileLayout.Outputs; output++)
        {
            fixed (byte* to = block)
            {
                TileLayout.ReadBlock(type, tile, output, to);
            }

            BlockCodec.Dequantize(type, block, all);
            for (int input = 0; input < TileLayout.Inputs; input++)
            {
                panel[(input * TileLayout.Outputs) + output] = numbers[input];
            }
        }
    }

    /// <summary>Eight half-precision numbers as single precision; every finite one exactly.</summary>
    /// <remarks>
    /// Exponent and fraction are moved into place, which makes a number 2^112 times too small, subnormal ones included; the product puts that
    /// right. An infinity becomes 65,536: such scales are never written, and a file that has one is damaged anyway.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadHalves(byte* at)
    {
        var halves = Vector128.Load((ushort*)at);
        var wide = Vector256.Create(Vector128.WidenLower(halves), Vector128.WidenUpper(halves));
        Vector256<float> magnitude = ((wide & Vector256.Create(0x7FFFu)) << 13).AsSingle() * Vector256.Create(0x77800000u).AsSingle();
        return (magnitude.AsUInt32() | ((wide & Vector256.Create(0x8000u)) << 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DequantizeBytes(byte* tile, float* panel)
    {
        Vector256<float> low = LoadHalves(tile);
        Vector256<float> high = LoadHalves(tile + 16);
        int* words = (int*)(tile + TileLayout.ScaleBytes);
        for (int group = 0; group < TileLayout.Inputs / 4; group++, words += 16, panel += 4 * TileLayout.Outputs)
        {
            var a = Vector256.Load(words);
            var b = Vector256.Load(words + 8);
            (Vector256.ConvertToSingle((a << 24) >> 24) * low).Store(panel);
            (Vector256.ConvertToSingle((b << 24) >> 24) * high).Store(panel + 8);
            (Vector256.ConvertToSingle((a << 16) >> 24) * low).Store(panel + 16);
            (Vector256.ConvertToSingle((b << 16) >> 24) * high).Store(panel + 24);
            (Vector256.ConvertToSingle((a << 8) >> 24) * low).Store(panel + 32);
            (Vector256.ConvertToSingle((b << 8) >> 24) * high).Store(panel + 40);
            (Vector256.ConvertToSingle(a >> 24) * low).Store(panel + 48);
            (Vector256.ConvertToSingle(b >> 24) * high).Store(panel + 56);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DequantizeNibbles<TScheme>(TScheme scheme, byte* numbers, float* panel)
        where TScheme : struct, IScheme
    {
        var mask = Vector256.Create(15);
        for (int half = 0; half < 2; half++)
        {
            scheme.Enter(half);
            float* to = panel + (half * 8);
            int* words = (int*)numbers + (half * 8);
            for (int input = 0; input < TileLayout.Inputs; input += 8, words += 16, to += 8 * TileLayout.Outputs)
            {
                var word = Vector256.Load(words);
                scheme.Value(word & mask, input).Store(to);
                scheme.Value((word >> 8) & mask, input + 1).Store(to + 16);
                scheme.Value((word >> 16) & mask, input + 2).Store(to + 32);
                scheme.Value((word >> 24) & mask, input + 3).Store(to + 48);
                scheme.Value((word >> 4) & mask, input + 4).Store(to + 64);
                scheme.Value((word >> 12) & mask, input + 5).Store(to + 80);
                scheme.Value((word >> 20) & mask, input + 6).Store(to + 96);
                scheme.Value((word >> 28) & mask, input + 7).Store(to + 112);
            }
        }
    }

    /// <summary>How levels become numbers: of eight outputs at a time.</summary>
    private interface IScheme
    {
        void Enter(int half);

        Vector256<float> Value(Vector256<int> level, int input);
    }

    private struct Centered(byte* scales, int center) : IScheme
    {
        private readonly Vector256<int> _center = Vector256.Create(center);
        private Vector256<float> _scale;

        public void Enter(int half) => _scale = LoadHalves(scales + (half * 16));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector256<float> Value(Vector256<int> level, int input) => Vector256.ConvertToSingle(level - _center) * _scale;
    }

    private struct FromMinimum(byte* scales) : IScheme
    {
        private Vector256<float> _scale;
        private Vector256<float> _minimum;

        public void Enter(int half)
        {
            _scale = LoadHalves(scales + (half * 16));
            _minimum = LoadHalves(scales + TileLayout.ScaleBytes + (half * 16));
        }

        // The product of 5 and 11 bits is exact, so fused or not is the same number.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector256<float> Value(Vector256<int> level, int input)
            => Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(level), _scale, _minimum);
    }

    private struct WithFifthBit<TScheme>(TScheme scheme, byte* fifthBits) : IScheme
        where TScheme : struct, IScheme
    {
        private TScheme _scheme = scheme;
        private Vector256<int> _bits;

        public void Enter(int half)
        {
            _bits = Vector256.Load((int*)fifthBits + (half * 8));
            _scheme.Enter(half);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector256<float> Value(Vector256<int> level, int input)
            => _scheme.Value(level | (((_bits >> input) & Vector256<int>.One) << 4), input);
    }
}
