using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ratchet.Engine.Kernels;

/// <summary>Rows of a head rounded to bfloat16 and laid out for <see cref="Emitted.Bfloat16Routine"/>, 32 rows at a time.</summary>
internal static unsafe class Bfloat16AttentionPanels
{
    /// <summary>Rows of a group: columns of a panel, or the steps of a tile.</summary>
    public const int Group = Bfloat16Kernel.Group;

    /// <summary>Numbers of 32 steps by 32 columns.</summary>
    public const int TileNumbers = Group * Group;

    private const int Half = Group / 2;

    /// <summary>Numbers a row, filled up to whole tiles.</summary>
    public static int Padded(int size) => (size + Group - 1) / Group * Group;

    /// <summary>Rounds some rows; what lacks to 32 rows, and to whole tiles, becomes zero.</summary>
    /// <param name="into">[32, padded].</param>
    /// <param name="from">First row.</param>
    /// <param name="stride">Numbers from row to row.</param>
    /// <param name="rows">Up to 32.</param>
    /// <param name="size">Numbers a row.</param>
    public static void Round(ushort* into, float* from, long stride, int rows, int size)
    {
        int padded = Padded(size);
        for (int row = 0; row < rows; row++)
        {
            Bfloat16Kernel.RoundRow(into + ((long)row * padded), from + (row * stride), size, padded);
        }

        new Span<ushort>(into + ((long)rows * padded), (Group - rows) * padded).Clear();
    }

    /// <summary>The rows become the columns of a panel, their numbers its steps.</summary>
    /// <param name="into">[padded / 32] tiles.</param>
    /// <param name="rounded">[32, padded].</param>
    /// <param name="stride">Numbers from row to row of it.</param>
    /// <param name="padded">A multiple of 32.</param>
    public static void Columns(ushort* into, ushort* rounded, nint stride, int padded)
    {
        for (int step = 0; step < padded; step += Group, into += TileNumbers)
        {
            for (int half = 0; half < 2; half++)
            {
                Transpose((uint*)into + (half * Half * Half), Half, (uint*)(rounded + (half * Half * stride) + step), stride / 2);
            }
        }
    }

    /// <summary>The rows become 32 steps of panels whose columns are their numbers.</summary>
    /// <param name="into">A tile for each 32 numbers of a row.</param>
    /// <param name="tileStride">Numbers from one of them to the next.</param>
    /// <param name="rounded">[32, padded].</param>
    /// <param name="stride">Numbers from row to row of it.</param>
    /// <param name="padded">A multiple of 32.</param>
    public static void Steps(ushort* into, nint tileStride, ushort* rounded, nint stride, int padded)
    {
        for (int column = 0; column < padded; column += Group, into += tileStride)
        {
            uint* pairs = (uint*)into;
            ushort* row = rounded + column;
            for (int pair = 0; pair < Half; pair++, row += 2 * stride)
            {
                (Wide(row) | (Wide(row + stride) << 16)).Store(pairs + (pair * Half));
                (Wide(row + Half) | (Wide(row + stride + Half) << 16)).Store(pairs + (Half * Half) + (pair * Half));
            }
        }
    }

    /// <summary>The rows become columns of a left-hand matrix whose rows are their numbers: [padded, 32].</summary>
    /// <param name="into">[padded, 32].</param>
    /// <param name="steps">What <see cref="Steps"/> made, tile after tile.</param>
    /// <param name="padded">A multiple of 32.</param>
    public static void Turn(ushort* into, ushort* steps, int padded)
    {
        for (int column = 0; column < padded; column += Half)
        {
            Transpose((uint*)(into + (column * Group)), Half, (uint*)(steps + (column * Group)), Half);
        }
    }

    /// <summary>16 rows of 16 words turned.</summary>
    [SkipLocalsInit]
    public static void Transpose(uint* into, nint intoStride, uint* from, nint fromStride)
    {
        var turned = stackalloc Vector512<uint>[Half];
        for (int i = 0; i < Half; i += 4, from += 4 * fromStride)
        {
            // Of four rows: each 128 bits of the result hold four rows of one column.
            var a = Vector512.Load(from);
            var b = Vector512.Load(from + fromStride);
            var c = Vector512.Load(from + (2 * fromStride));
            var d = Vector512.Load(from + (3 * fromStride));
            Vector512<ulong> ab = Avx512F.UnpackLow(a, b).AsUInt64();
            Vector512<ulong> cd = Avx512F.UnpackLow(c, d).AsUInt64();
            turned[i] = Avx512F.UnpackLow(ab, cd).AsUInt32();
            turned[i + 1] = Avx512F.UnpackHigh(ab, cd).AsUInt32();
            ab = Avx512F.UnpackHigh(a, b).AsUInt64();
            cd = Avx512F.UnpackHigh(c, d).AsUInt64();
            turned[i + 2] = Avx512F.UnpackLow(ab, cd).AsUInt32();
            turned[i + 3] = Avx512F.UnpackHigh(ab, cd).AsUInt32();
        }

        for (int i = 0; i < 4; i++)
        {
            Vector512<uint> even = Avx512F.Shuffle4x128(turned[i], turned[4 + i], 0x88);
            Vector512<uint> odd = Avx512F.Shuffle4x128(turned[i], turned[4 + i], 0xDD);
            Vector512<uint> evenBelow = Avx512F.Shuffle4x128(turned[8 + i], turned[12 + i], 0x88);
            Vector512<uint> oddBelow = Avx512F.Shuffle4x128(turned[8 + i], turned[12 + i], 0xDD);
            Avx512F.Shuffle4x128(even, evenBelow, 0x88).Store(into + (i * intoStride));
            Avx512F.Shuffle4x128(odd, oddBelow, 0x88).Store(into + ((4 + i) * intoStride));
            Avx512F.Shuffle4x128(even, evenBelow, 0xDD).Store(into + ((8 + i) * intoStride));
            Avx512F.Shuffle4x128(odd, oddBelow, 0xDD).Store(into + ((12 + i) * intoStride));
        }
    }

    private static Vector512<uint> Wide(ushort* from) => Avx512F.ConvertToVector512UInt32(Vector256.Load(from));
}
