using System.Runtime.InteropServices;

namespace Ratchet.Engine.Kernels.Emitted;

/// <summary>c [rows, 32] = or += a [rows, 32 · steps] · b, bfloat16 in and single precision out.</summary>
/// <remarks>
/// b lies as [steps][2 halves of 16 columns][16 pairs of rows][16 columns][2]: a half of a step is one tile of AMX, and a pair of rows of
/// it one register of AVX-512, so that both units read the same panels. A row's sums depend on no other row.
/// </remarks>
internal static unsafe class Bfloat16Routine
{
    /// <summary>Columns of c.</summary>
    public const int Columns = 32;

    /// <summary>Columns of a, and rows of b, that a step takes.</summary>
    public const int StepDepth = 32;

    /// <summary>Bytes of b that a step takes.</summary>
    public const int StepBytes = StepDepth * Columns * 2;

    /// <summary>Rows of a block in AVX-512: 24 sums, two registers of b, six for numbers of a.</summary>
    public const int VectorRows = 12;

    /// <summary>Rows of a block in AMX: two tiles.</summary>
    public const int TileRows = 32;

    private const int HalfBytes = StepBytes / 2;
    private const int RowsAddressed = 3;

    private const General Arguments = General.Rdi;
    private const General A = General.Rax;
    private const General B = General.Rcx;
    private const General Counter = General.Rdx;
    private const General RowBytes = General.Rsi;

    // Rows 3 and 4 and 5, then 6 and so on: an index reaches one or two rows beyond its base.
    private static readonly General[] RowBases = [A, General.R8, General.R9, General.R10];

    /// <summary>One block of rows in AVX-512.</summary>
    /// <param name="rows">From 1 to 12.</param>
    /// <param name="accumulate">Adds to c in place of overwriting it.</param>
    public static byte[] Vectors(int rows, bool accumulate)
    {
        var code = new Assembler();
        for (int i = 0; i < 2 * rows; i++)
        {
            code.Clear((Vector)i);
        }

        LoadArgument(code, A, nameof(Call.A));
        LoadArgument(code, RowBytes, nameof(Call.ARowBytes));
        LoadArgument(code, B, nameof(Call.B));
        LoadArgument(code, Counter, nameof(Call.Steps));
        for (int i = 1; i * RowsAddressed < rows; i++)
        {
            code.LoadAddress(RowBases[i], new Address(RowBases[i - 1], 0, RowBytes));
            code.LoadAddress(RowBases[i], new Address(RowBases[i], 0, RowBytes, 1));
        }

        int step = code.Position;
        const int PairsPerStep = StepDepth / 2;
        for (int pair = 0; pair < PairsPerStep; pair++)
        {
            VectorPair(code, rows, pair);
        }

        for (int i = 0; i * RowsAddressed < rows; i++)
        {
            code.Add(RowBases[i], StepDepth * 2);
        }

        code.Add(B, StepBytes);
        code.Decrement(Counter);
        code.JumpIfNotZero(step);
        StoreVectors(code, rows, accumulate);
        code.Return();
        return code.ToArray();
    }

    /// <summary>Blocks of 16 or 32 whole rows in AMX, as many as the arguments say.</summary>
    /// <param name="hasTwoTiles">32 rows a block; else 16.</param>
    /// <param name="accumulate">Adds to c in place of overwriting it.</param>
    public static byte[] Tiles(bool hasTwoTiles, bool accumulate)
    {
        const General SecondA = General.R8;
        const General C = General.R9;
        const General CRowBytes = General.R10;
        const General HalfRowBytes = General.R11;
        var code = new Assembler();
        LoadArgument(code, A, nameof(Call.TileShapes));
        code.LoadTileShapes(new Address(A));
        LoadArgument(code, RowBytes, nameof(Call.ARowBytes));
        LoadArgument(code, CRowBytes, nameof(Call.CRowBytes));
        LoadArgument(code, HalfRowBytes, nameof(Call.TileRowBytes));

        int block = code.Position;
        LoadArgument(code, A, nameof(Call.A));
        LoadArgument(code, C, nameof(Call.C));
        if (hasTwoTiles)
        {
            AddRows(code, SecondA, A, RowBytes);
        }

        if (accumulate)
        {
            ForEachTileOfC(code, C, CRowBytes, hasTwoTiles, code.LoadTile);
        }
        else
        {
            for (int i = 0; i < (hasTwoTiles ? 4 : 2); i++)
            {
                code.Clear((Tile)i);
            }
        }

        LoadArgument(code, B, nameof(Call.B));
        LoadArgument(code, Counter, nameof(Call.Steps));
        int step = code.Position;
        code.LoadTile((Tile)4, new Address(A, 0, RowBytes));
        code.LoadTile((Tile)6, new Address(B, 0, HalfRowBytes));
        code.DotBfloat16((Tile)0, (Tile)4, (Tile)6);
        code.LoadTile((Tile)7, new Address(B, HalfBytes, HalfRowBytes));
        code.DotBfloat16((Tile)1, (Tile)4, (Tile)7);
        if (hasTwoTiles)
        {
            code.LoadTile((Tile)5, new Address(SecondA, 0, RowBytes));
            code.DotBfloat16((Tile)2, (Tile)5, (Tile)6);
            code.DotBfloat16((Tile)3, (Tile)5, (Tile)7);
            code.Add(SecondA, StepDepth * 2);
        }

        code.Add(A, StepDepth * 2);
        code.Add(B, StepBytes);
        code.Decrement(Counter);
        code.JumpIfNotZero(step);
        ForEachTileOfC(code, C, CRowBytes, hasTwoTiles, (tile, at) => code.StoreTile(at, tile));

        // On to the next rows.
        NextBlock(code, nameof(Call.A), RowBytes, hasTwoTiles);
        NextBlock(code, nameof(Call.C), CRowBytes, hasTwoTiles);
        LoadArgument(code, Counter, nameof(Call.Blocks));
        code.Decrement(Counter);
        code.Store(Argument(nameof(Call.Blocks)), Counter);
        code.JumpIfNotZero(block);
        code.ReleaseTiles();
        code.Return();
        return code.ToArray();
    }

    // Rows 16 to 31 lie 16 times the bytes of a row further on; b's register is free then.
    private static void ForEachTileOfC(Assembler code, General c, General rowBytes, bool hasTwoTiles, Action<Tile, Address> use)
    {
        use((Tile)0, new Address(c, 0, rowBytes));
        use((Tile)1, new Address(c, 64, rowBytes));
        if (hasTwoTiles)
        {
            AddRows(code, B, c, rowBytes);
            use((Tile)2, new Address(B, 0, rowBytes));
            use((Tile)3, new Address(B, 64, rowBytes));
        }
    }

    private static void NextBlock(Assembler code, string field, General rowBytes, bool hasTwoTiles)
    {
        LoadArgument(code, A, field);
        AddRows(code, A, A, rowBytes);
        if (hasTwoTiles)
        {
            AddRows(code, A, A, rowBytes);
        }

        code.Store(Argument(field), A);
    }

    // into = from + 16 rows
    private static void AddRows(Assembler code, General into, General from, General rowBytes)
    {
        code.LoadAddress(into, new Address(from, 0, rowBytes, 3));
        code.LoadAddress(into, new Address(into, 0, rowBytes, 3));
    }

    // Two registers of b, then for each row its pair 16 times and two products.
    private static void VectorPair(Assembler code, int rows, int pair)
    {
        const int BLow = 24;
        const int BHigh = 25;
        const int FirstX = 26;
        const int XCount = 6;
        code.LoadVector((Vector)BLow, new Address(B, pair * 64));
        code.LoadVector((Vector)BHigh, new Address(B, HalfBytes + (pair * 64)));
        for (int row = 0; row < rows; row++)
        {
            var x = (Vector)(FirstX + (row % XCount));
            code.Broadcast(x, RowAddress(row, pair * 4));
            code.DotBfloat16((Vector)(2 * row), x, (Vector)BLow);
            code.DotBfloat16((Vector)((2 * row) + 1), x, (Vector)BHigh);
        }
    }

    private static Address RowAddress(int row, int displacement) => (row % RowsAddressed) switch
    {
        0 => new Address(RowBases[row / RowsAddressed], displacement),
        1 => new Address(RowBases[row / RowsAddressed], displacement, RowBytes),
        _ => new Address(RowBases[row / RowsAddressed], displacement, RowBytes, 1),
    };

    private static void StoreVectors(Assembler code, int rows, bool accumulate)
    {
        const General C = A;
        const General CRowBytes = RowBytes;
        const int Loaded = 24;
        LoadArgument(code, B, nameof(Call.MaskLow));
        code.MoveToMask(Mask.K1, B);
        LoadArgument(code, B, nameof(Call.MaskHigh));
        code.MoveToMask(Mask.K2, B);
        LoadArgument(code, C, nameof(Call.C));
        LoadArgument(code, CRowBytes, nameof(Call.CRowBytes));
        for (int row = 0; row < rows; row++)
        {
            for (int half = 0; half < 2; half++)
            {
                var sum = (Vector)((2 * row) + half);
                var at = new Address(C, half * 64);
                Mask mask = half == 0 ? Mask.K1 : Mask.K2;
                if (accumulate)
                {
                    code.LoadVector((Vector)Loaded, at, mask);
                    code.AddFloats(sum, sum, (Vector)Loaded);
                }

                code.StoreVector(at, sum, mask);
            }

            code.Add(C, CRowBytes);
        }
    }

    private static void LoadArgument(Assembler code, General into, string field)
        => code.Load(into, Argument(field));

    private static Address Argument(string field) => new(Arguments, (int)Marshal.OffsetOf<Call>(field));

    /// <summary>What a routine is called with.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Call
    {
        /// <summary>First row of a.</summary>
        public ushort* A;

        /// <summary>Bytes from row to row of a.</summary>
        public nint ARowBytes;

        /// <summary>First step of b.</summary>
        public ushort* B;

        /// <summary>Steps of 32 numbers; at least one.</summary>
        public nint Steps;

        /// <summary>First row of c.</summary>
        public float* C;

        /// <summary>Bytes from row to row of c.</summary>
        public nint CRowBytes;

        /// <summary>Which of the first 16 columns of c exist; AVX-512 only.</summary>
        public nint MaskLow;

        /// <summary>Which of the last 16 columns of c exist; AVX-512 only.</summary>
        public nint MaskHigh;

        /// <summary>Palette 1 and the shapes of eight tiles of 16 rows of 64 bytes; AMX only.</summary>
        public byte* TileShapes;

        /// <summary>64: bytes from row to row of a tile of b; AMX only.</summary>
        public nint TileRowBytes;

        /// <summary>Blocks of rows, at least one; AMX only. Counted down, and A and C moved on.</summary>
        public nint Blocks;
    }
}
