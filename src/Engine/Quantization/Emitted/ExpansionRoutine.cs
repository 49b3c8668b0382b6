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
    private const Vector Before = (Vector)27;

    /// <summary>The scales of a tile's outputs, after <see cref="Multiply"/>.</summary>
    public const Vector Scales = (Vector)26;

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

        int product = (int)Marshal.OffsetOf<Call>(nameof(Call.Product));
        LoadTile(code, product);
        LoadArgument(code, YRowBytes, nameof(Call.YRowBytes));
        LoadArgument(code, Tiles, nameof(Call.TileCount));
        int tile = code.Position;
        Multiply(code, rows, 0, product);
        code.Add(Tile, TileLayout.Outputs * sizeof(float));
        Store(code, rows, mask);
        code.Decrement(Tiles);
        code.JumpIfNotZero(tile);
        code.Return();
        return code.ToArray();
    }

    /// <summary>Loads what <see cref="Multiply"/> goes on from: the first tile, and the bytes from row to row.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="product">Where the <see cref="Product"/> lies among the arguments.</param>
    public static void LoadTile(Assembler code, int product)
    {
        code.Load(Tile, At(product, nameof(Product.Tile)));
        code.Load(ZRowBytes, At(product, nameof(Product.ZRowBytes)));
    }

    /// <summary>The sums of all ranks times the scales of z, which only the tile's scales are missing in.</summary>
    /// <remarks>Takes all general registers but those of the arguments, the result's rows and the count of tiles. The tile's pointer ends at its scales.</remarks>
    /// <param name="code">Where to.</param>
    /// <param name="rows">From 1 to 8.</param>
    /// <param name="first">The first row's register; those up to 8 (4 rows and fewer: 12) after it are taken.</param>
    /// <param name="product">Where the <see cref="Product"/> lies among the arguments.</param>
    public static void Multiply(Assembler code, int rows, int first, int product)
    {
        bool hasTwoSums = rows <= RowsOfTwoSums;
        for (int row = 0; row < rows; row++)
        {
            code.Clear(Sum(first, row));
            if (hasTwoSums)
            {
                code.Clear(OtherSum(first, row));
            }
        }

        code.Load(FirstRow, At(product, nameof(Product.Z)));
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

        code.Load(Steps, At(product, nameof(Product.StepCount)));
        int step = code.Position;
        code.WidenBytes(Levels, new Address(Tile));
        code.WidenBytes(NextLevels, new Address(Tile, ExpansionKernel.PairBytes));
        for (int row = 0; row < rows; row++)
        {
            code.DotWordsBy(Sum(first, row), Levels, Row(row, 0));
            code.DotWordsBy(hasTwoSums ? OtherSum(first, row) : Sum(first, row), NextLevels, Row(row, 2 * sizeof(short)));
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
            if (hasTwoSums)
            {
                code.AddIntegers(Sum(first, row), Sum(first, row), OtherSum(first, row));
            }

            code.ToFloats(Sum(first, row), Sum(first, row));
            code.MultiplyFloatsBy(Sum(first, row), Sum(first, row), Row(row, 0));
        }

        code.LoadVector(Scales, new Address(Tile));
    }

    private static void Store(Assembler code, int rows, Mask mask)
    {
        LoadArgument(code, Y, nameof(Call.Y));
        code.LoadAddress(FirstRow, new Address(Y, TileLayout.Outputs * sizeof(float)));
        code.Store(Argument(nameof(Call.Y)), FirstRow);
        for (int row = 0; row < rows; row++)
        {
            code.LoadVector(Before, new Address(Y), mask);
            code.MultiplyAddFloats(Before, Sum(0, row), Scales);
            code.StoreVector(new Address(Y), Before, mask);
            code.Add(Y, YRowBytes);
        }
    }

    private static Vector Sum(int first, int row) => (Vector)(first + row);

    private static Vector OtherSum(int first, int row) => (Vector)(first + RowsMax + row);

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

    private static Address At(int product, string field) => new(Arguments, product + (int)Marshal.OffsetOf<Product>(field));

    private static Address Argument(string field) => new(Arguments, (int)Marshal.OffsetOf<Call>(field));

    private static void LoadArgument(Assembler code, General into, string field) => code.Load(into, Argument(field));

    /// <summary>Which rows are multiplied by which tile.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Product
    {
        /// <summary>The tile, or the first one.</summary>
        public byte* Tile;

        /// <summary>The first rounded row.</summary>
        public byte* Z;

        /// <summary>Bytes from row to row of z.</summary>
        public nint ZRowBytes;

        /// <summary>Ranks by fours, at least one.</summary>
        public nint StepCount;
    }

    /// <summary>What a routine is called with.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Call
    {
        /// <summary>The factors.</summary>
        public Product Product;

        /// <summary>Tiles, at least one.</summary>
        public nint TileCount;

        /// <summary>Added to; the routine moves it on.</summary>
        public float* Y;

        /// <summary>Bytes from row to row of y.</summary>
        public nint YRowBytes;

        /// <summary>Which of the outputs of a tile exist.</summary>
        public nint OutputMask;
    }
}
