using System.Runtime.InteropServices;
using Ratchet.Engine.Kernels.Emitted;

namespace Ratchet.Engine.Quantization.Emitted;

/// <summary>
/// Products of thin rounded rows with tiles of an adapter's B through VPDPWSSD: the bytes of B are widened once for up to 8 rows, and two
/// ranks of 16 outputs take one instruction. The sums are exact, so that the bits are those of <see cref="ExpansionKernel"/>.
/// </summary>
internal static unsafe class ExpansionRoutine
{
    /// <summary>Rows that share what was widened.</summary>
    public const int RowsMax = 8;

    // Up to as many rows have two sums each, so that an instruction need not wait for the one before.
    private const int RowsOfTwoSums = 4;

    private const General Arguments = General.Rdi;
    private const General Tile = General.Rax;
    private const General FirstRow = General.Rcx;
    private const General ThirdRow = General.R10;
    private const General SixthRow = General.R8;
    private const General ZRowBytes = General.Rsi;
    private const General Steps = General.Rdx;
    private const General Tiles = General.R11;

    // After the products, in the place of the sixth row.
    private const General Y = General.R8;
    private const General YRowBytes = General.R9;

    private const Vector Levels = (Vector)24;
    private const Vector NextLevels = (Vector)25;
    private const Vector Scales = (Vector)26;
    private const Vector Before = (Vector)27;

    /// <summary>Consecutive tiles times up to 8 rows.</summary>
    /// <param name="rows">From 1 to 8.</param>
    /// <param name="isWhole">All outputs of the tiles exist: loads and stores without a mask.</param>
    public static byte[] Emit(int rows, bool isWhole)
    {
        var code = new Assembler();
        Mask mask = isWhole ? Mask.All : Mask.K1;
        if (!isWhole)
        {
            LoadArgument(code, Y, nameof(Call.OutputMask));
            code.MoveToMask(mask, Y);
        }

        LoadArgument(code, Tile, nameof(Call.Tile));
        LoadArgument(code, ZRowBytes, nameof(Call.ZRowBytes));
        LoadArgument(code, YRowBytes, nameof(Call.YRowBytes));
        LoadArgument(code, Tiles, nameof(Call.TileCount));
        int tile = code.Position;
        Multiply(code, rows);
        code.LoadVector(Scales, new Address(Tile));
        code.Add(Tile, TileLayout.Outputs * sizeof(float));
        Store(code, rows, mask);
        code.Decrement(Tiles);
        code.JumpIfNotZero(tile);
        code.Return();
        return code.ToArray();
    }

    // The sums of all ranks. The rows' pointers end at the scales.
    private static void Multiply(Assembler code, int rows)
    {
        int sums = rows <= RowsOfTwoSums ? 2 : 1;
        for (int row = 0; row < rows; row++)
        {
            code.Clear(Sum(row));
            if (sums == 2)
            {
                code.Clear(OtherSum(row));
            }
        }

        LoadArgument(code, FirstRow, nameof(Call.Z));
        if (rows > 3)
        {
            code.LoadAddress(ThirdRow, new Address(FirstRow, 0, ZRowBytes, 1));
            code.Add(ThirdRow, ZRowBytes);
        }

        if (rows > 6)
        {
            code.LoadAddress(SixthRow, new Address(ThirdRow, 0, ZRowBytes, 1));
            code.Add(SixthRow, ZRowBytes);
        }

        LoadArgument(code, Steps, nameof(Call.StepCount));
        int step = code.Position;
        code.WidenBytes(Levels, new Address(Tile));
        code.WidenBytes(NextLevels, new Address(Tile, ExpansionKernel.PairBytes));
        for (int row = 0; row < rows; row++)
        {
            code.DotWordsBy(Sum(row), Levels, Row(row, 0));
            code.DotWordsBy(sums == 2 ? OtherSum(row) : Sum(row), NextLevels, Row(row, 2 * sizeof(short)));
        }

        code.Add(Tile, 2 * ExpansionKernel.PairBytes);
        for (int row = 0; row < rows; row += 3)
        {
            code.Add(Row(row, 0).Base, ExpansionRows.RanksTogether * sizeof(short));
        }

        code.Decrement(Steps);
        code.JumpIfNotZero(step);
        for (int row = 0; row < rows; row++)
        {
            if (sums == 2)
            {
                code.AddIntegers(Sum(row), Sum(row), OtherSum(row));
            }

            code.ToFloats(Sum(row), Sum(row));
            code.MultiplyFloatsBy(Sum(row), Sum(row), Row(row, 0));
        }
    }

    private static void Store(Assembler code, int rows, Mask mask)
    {
        LoadArgument(code, Y, nameof(Call.Y));
        code.LoadAddress(FirstRow, new Address(Y, TileLayout.Outputs * sizeof(float)));
        code.Store(Argument(nameof(Call.Y)), FirstRow);
        for (int row = 0; row < rows; row++)
        {
            code.LoadVector(Before, new Address(Y), mask);
            code.MultiplyAddFloats(Before, Sum(row), Scales);
            code.StoreVector(new Address(Y), Before, mask);
            code.Add(Y, YRowBytes);
        }
    }

    private static Vector Sum(int row) => (Vector)row;

    private static Vector OtherSum(int row) => (Vector)(RowsMax + row);

    private static Address Row(int row, int displacement)
    {
        General pointer = row < 3 ? FirstRow : row < 6 ? ThirdRow : SixthRow;
        return (row % 3) switch
        {
            0 => new Address(pointer, displacement),
            1 => new Address(pointer, displacement, ZRowBytes),
            _ => new Address(pointer, displacement, ZRowBytes, 1),
        };
    }

    private static Address Argument(string field) => new(Arguments, (int)Marshal.OffsetOf<Call>(field));

    private static void LoadArgument(Assembler code, General into, string field) => code.Load(into, Argument(field));

    /// <summary>What a routine is called with.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Call
    {
        /// <summary>The first tile.</summary>
        public byte* Tile;

        /// <summary>Tiles, at least one.</summary>
        public nint TileCount;

        /// <summary>The first rounded row.</summary>
        public byte* Z;

        /// <summary>Bytes from row to row of z.</summary>
        public nint ZRowBytes;

        /// <summary>Ranks by fours, at least one.</summary>
        public nint StepCount;

        /// <summary>Added to; the routine moves it on.</summary>
        public float* Y;

        /// <summary>Bytes from row to row of y.</summary>
        public nint YRowBytes;

        /// <summary>Which of the outputs of a tile exist.</summary>
        public nint OutputMask;
    }
}
