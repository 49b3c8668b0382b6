using System.Runtime.InteropServices;
using Ratchet.Engine.Kernels.Emitted;

namespace Ratchet.Engine.Quantization.Emitted;

/// <summary>
/// Products of rounded activations with a row of tiles through VPDPBUSD: four products of bytes and their sum in one instruction, where
/// <see cref="IntegerKernel"/> takes three. The sums are exact, and what follows them goes in the same order: the bits are the same.
/// </summary>
/// <remarks>
/// The activations of up to 8 rows lie block by block, so that one register reaches them all:
/// <code>
/// block | rows x 32 bytes | rows x 2 scales | rows x 2 of -128 times the sum of half a block | rows x sum of the block |
/// </code>
/// The instruction wants one unsigned side. Nibbles are; to weights in bytes 128 is added, and their sums begin at what takes it off again.
/// </remarks>
internal static unsafe class ByteRoutine
{
    /// <summary>Rows that share what was unpacked: 8 results, 8 sums for each half of a block, and what a tile takes.</summary>
    public const int RowsMax = 8;

    /// <summary>Bytes that a row takes of a block of activations.</summary>
    public const int RecordBytes = SumPlace + sizeof(float);

    /// <summary>What is added to weights in bytes.</summary>
    public const int Shift = 128;

    /// <summary>Where the scales of one row would lie; those of several rows lie as many times as far.</summary>
    public const int ScalePlace = TileLayout.Inputs;

    /// <summary>Likewise what the sums of weights in bytes begin at.</summary>
    public const int BeginningPlace = ScalePlace + (2 * sizeof(float));

    /// <summary>Likewise the sum of the block.</summary>
    public const int SumPlace = BeginningPlace + (2 * sizeof(int));

    private const int GroupBytes = TileLayout.Outputs * 4;

    private const General Arguments = General.Rdi;
    private const General Tile = General.Rax;
    private const General X = General.Rcx;
    private const General Blocks = General.Rdx;
    private const General Y = General.R8;
    private const General YRowBytes = General.R9;
    private const General Scales = General.R10;
    private const General Beginnings = General.R11;
    private const General BlockBytes = General.Rsi;

    private const Vector LowHalves = (Vector)24;
    private const Vector Low = (Vector)25;
    private const Vector High = (Vector)26;
    private const Vector Scale = (Vector)27;
    private const Vector Offset = (Vector)28;
    private const Vector Shifted = (Vector)29;

    // After the products.
    private const Vector Before = (Vector)25;

    private static readonly int ExpansionPlace = (int)Marshal.OffsetOf<Call>(nameof(Call.Expansion));

    /// <summary>One row of tiles times up to 8 rows, and as many such products more as the call asks for.</summary>
    /// <typeparam name="TForm">A form without fifth bits.</typeparam>
    /// <param name="rows">From 1 to 8.</param>
    /// <param name="accumulate">Adds to y in place of overwriting it.</param>
    /// <param name="isWhole">All 16 outputs exist: stores without a mask, which loads soon after can be served from.</param>
    /// <param name="expands">Adds <see cref="Call.Expansion"/> before the results leave their registers.</param>
    public static byte[] Emit<TForm>(int rows, bool accumulate, bool isWhole, bool expands)
        where TForm : struct, IBlockForm
        => Emit<TForm>(new Places(rows, IsPart: false), accumulate, isWhole, expands);

    /// <summary>One row of tiles of bytes times some rows of a block of more; y is overwritten.</summary>
    /// <typeparam name="TForm">A form of bytes.</typeparam>
    /// <param name="rows">From 1 to 8.</param>
    /// <param name="isWhole">All 16 outputs exist.</param>
    public static byte[] EmitPart<TForm>(int rows, bool isWhole)
        where TForm : struct, IBlockForm
        => Emit<TForm>(new Places(rows, IsPart: true), accumulate: false, isWhole, expands: false);

    private static byte[] Emit<TForm>(Places places, bool accumulate, bool isWhole, bool expands)
        where TForm : struct, IBlockForm
    {
        int rows = places.Rows;
        var code = new Assembler();
        Mask mask = isWhole ? Mask.All : Mask.K1;
        if (!isWhole)
        {
            LoadArgument(code, Y, nameof(Call.OutputMask));
            code.MoveToMask(mask, Y);
        }

        int product = code.Position;
        for (int row = 0; row < rows; row++)
        {
            code.Clear(Result(row));
        }

        LoadArgument(code, Tile, nameof(Call.Tiles));
        LoadArgument(code, X, nameof(Call.Records));
        LoadArgument(code, Blocks, nameof(Call.BlockCount));
        if (places.IsPart)
        {
            LoadArgument(code, Scales, nameof(Call.Scales));
            LoadArgument(code, Beginnings, nameof(Call.Beginnings));
            LoadArgument(code, BlockBytes, nameof(Call.BlockBytes));
        }

        LoadArgument(code, Y, nameof(Call.Constants));
        code.Broadcast(LowHalves, new Address(Y, ConstantsPlace.Mask));
        code.Broadcast(Shifted, new Address(Y, ConstantsPlace.Shift));
        int block = code.Position;
        code.LoadHalves(Scale, new Address(Tile));
        for (int half = 0; half < 2; half++)
        {
            Half<TForm>(code, places, half);
        }

        if (!TForm.HasBytes)
        {
            AddOffsets<TForm>(code, rows);
        }

        code.Add(Tile, TileBytes<TForm>());
        if (places.IsPart)
        {
            code.Add(X, BlockBytes);
            code.Add(Scales, BlockBytes);
            code.Add(Beginnings, BlockBytes);
        }
        else
        {
            code.Add(X, rows * RecordBytes);
        }

        code.Decrement(Blocks);
        code.JumpIfNotZero(block);
        if (expands)
        {
            ExpansionRoutine.LoadTile(code, ExpansionPlace);
            ExpansionRoutine.Multiply(code, rows, (int)Sum(0, 0), ExpansionPlace);
        }

        Store(code, rows, accumulate, expands, mask);
        if (!places.IsPart)
        {
            Advance(code, Argument(nameof(Call.Tiles)), nameof(Call.TilesStep));
            Advance(code, Argument(nameof(Call.Records)), nameof(Call.RecordsStep));
            Advance(code, Argument(nameof(Call.Y)), nameof(Call.YStep));
            if (expands)
            {
                Advance(
                    code, new Address(Arguments, ExpansionPlace + (int)Marshal.OffsetOf<ExpansionRoutine.Product>(nameof(ExpansionRoutine.Product.Z))),
                    nameof(Call.ZStep));
            }

            LoadArgument(code, Blocks, nameof(Call.Count));
            code.Decrement(Blocks);
            code.Store(Argument(nameof(Call.Count)), Blocks);
            code.JumpIfNotZero(product);
        }

        code.Return();
        return code.ToArray();
    }

    /// <summary>Bytes of a tile.</summary>
    public static int TileBytes<TForm>()
        where TForm : struct, IBlockForm
        => NumberOffset<TForm>() + (TForm.HasBytes ? 8 * GroupBytes : 4 * GroupBytes);

    private static int NumberOffset<TForm>()
        where TForm : struct, IBlockForm
        => TForm.HasMinimum ? 2 * TileLayout.ScaleBytes : TileLayout.ScaleBytes;

    private static Vector Result(int row) => (Vector)row;

    private static Vector Sum(int row, int half) => (Vector)((RowsMax * (1 + half)) + row);

    // The sums of 16 inputs, times the scale of x; after the second half both, times the scale of w, are added to y.
    private static void Half<TForm>(Assembler code, Places places, int half)
        where TForm : struct, IBlockForm
    {
        if (TForm.HasBytes)
        {
            SumBytes<TForm>(code, places, half);
        }
        else
        {
            SumNibbles<TForm>(code, places.Rows, half);
        }

        for (int row = 0; row < places.Rows; row++)
        {
            Address scale = places.Scale(row, half);
            code.ToFloats(Sum(row, half), Sum(row, half));
            if (half == 0)
            {
                code.MultiplyFloatsBy(Sum(row, 0), Sum(row, 0), scale);
            }
            else
            {
                code.MultiplyAddFloatsBy(Sum(row, 0), Sum(row, 1), scale);
                code.MultiplyAddFloats(Result(row), Sum(row, 0), Scale);
            }
        }
    }

    private static void SumNibbles<TForm>(Assembler code, int rows, int half)
        where TForm : struct, IBlockForm
    {
        for (int row = 0; row < rows; row++)
        {
            code.Clear(Sum(row, half));
        }

        for (int group = 2 * half; group < (2 * half) + 2; group++)
        {
            code.LoadVector(High, new Address(Tile, NumberOffset<TForm>() + (group * GroupBytes)));
            code.And(Low, High, LowHalves);
            code.ShiftRight16(High, High, 4);
            code.And(High, High, LowHalves);
            for (int row = 0; row < rows; row++)
            {
                int at = (row * TileLayout.Inputs) + (group * 8);
                code.DotBytesBy(Sum(row, half), Low, new Address(X, at));
                code.DotBytesBy(Sum(row, half), High, new Address(X, at + 4));
            }
        }
    }

    private static void SumBytes<TForm>(Assembler code, Places places, int half)
        where TForm : struct, IBlockForm
    {
        for (int row = 0; row < places.Rows; row++)
        {
            code.Broadcast(Sum(row, half), places.Beginning(row, half));
        }

        for (int group = 4 * half; group < (4 * half) + 4; group++)
        {
            code.LoadVector(Low, new Address(Tile, NumberOffset<TForm>() + (group * GroupBytes)));
            code.ExclusiveOr(Low, Low, Shifted);
            for (int row = 0; row < places.Rows; row++)
            {
                code.DotBytesBy(Sum(row, half), Low, new Address(X, (row * TileLayout.Inputs) + (group * 4)));
            }
        }
    }

    private static void AddOffsets<TForm>(Assembler code, int rows)
        where TForm : struct, IBlockForm
    {
        if (TForm.HasMinimum)
        {
            code.LoadHalves(Offset, new Address(Tile, TileLayout.ScaleBytes));
        }
        else
        {
            code.MultiplyFloatsBy(Offset, Scale, new Address(Y, ConstantsPlace.Center));
        }

        for (int row = 0; row < rows; row++)
        {
            code.MultiplyAddFloatsBy(Result(row), Offset, new Address(X, (rows * SumPlace) + (row * sizeof(float))));
        }
    }

    private static void Store(Assembler code, int rows, bool accumulate, bool expands, Mask mask)
    {
        LoadArgument(code, Y, nameof(Call.Y));
        LoadArgument(code, YRowBytes, nameof(Call.YRowBytes));
        for (int row = 0; row < rows; row++)
        {
            if (accumulate)
            {
                code.LoadVector(Before, new Address(Y), mask);
                code.AddFloats(Result(row), Before, Result(row));
            }

            if (expands)
            {
                code.MultiplyAddFloats(Result(row), Sum(row, 0), ExpansionRoutine.Scales);
            }

            code.StoreVector(new Address(Y), Result(row), mask);
            code.Add(Y, YRowBytes);
        }
    }

    // What the next product reads or writes: so many bytes on.
    private static void Advance(Assembler code, Address pointer, string step)
    {
        code.Load(Tile, pointer);
        LoadArgument(code, X, step);
        code.Add(Tile, X);
        code.Store(pointer, Tile);
    }

    private static void LoadArgument(Assembler code, General into, string field) => code.Load(into, Argument(field));

    private static Address Argument(string field) => new(Arguments, (int)Marshal.OffsetOf<Call>(field));

    // Where a row's numbers of a block lie: at places that follow from the rows, or at three addresses of which each is the first row's.
    private readonly record struct Places(int Rows, bool IsPart)
    {
        public Address Scale(int row, int half) => At(Scales, ScalePlace, ((row * 2) + half) * sizeof(float));

        public Address Beginning(int row, int half) => At(Beginnings, BeginningPlace, ((row * 2) + half) * sizeof(int));

        private Address At(General own, int place, int displacement)
            => IsPart ? new Address(own, displacement) : new Address(X, (Rows * place) + displacement);
    }

    /// <summary>Where the constants of 32 bits lie.</summary>
    private static class ConstantsPlace
    {
        public const int Mask = 0;
        public const int Shift = 4;
        public const int Center = 8;
    }

    /// <summary>Numbers that instructions take from memory.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Constants
    {
        /// <summary>The lower half of every byte.</summary>
        public uint NibbleMask;

        /// <summary>128 in every byte.</summary>
        public uint Shifts;

        /// <summary>Minus the level that stands for 0.</summary>
        public float MinusCenter;
    }

    /// <summary>What a routine is called with.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Call
    {
        /// <summary>The row of tiles; the routine moves it on, as what else has a step.</summary>
        public byte* Tiles;

        /// <summary>Bytes from one product's tiles to those of the next.</summary>
        public nint TilesStep;

        /// <summary>Activations, block by block.</summary>
        public byte* Records;

        /// <summary>Bytes from one product's activations to those of the next.</summary>
        public nint RecordsStep;

        /// <summary>Products, at least one; parts of blocks have one.</summary>
        public nint Count;

        /// <summary>Blocks of a row; at least one.</summary>
        public nint BlockCount;

        /// <summary>Result of the first row.</summary>
        public float* Y;

        /// <summary>Bytes from one product's result to that of the next.</summary>
        public nint YStep;

        /// <summary>Bytes from row to row of the result.</summary>
        public nint YRowBytes;

        /// <summary>Which of the 16 outputs exist.</summary>
        public nint OutputMask;

        /// <summary>What does not change.</summary>
        public Constants* Constants;

        /// <summary>Of a part of a block: the scales of its first row.</summary>
        public byte* Scales;

        /// <summary>Of a part of a block: what the sums of its first row begin at.</summary>
        public byte* Beginnings;

        /// <summary>Of a part of a block: bytes from block to block.</summary>
        public nint BlockBytes;

        /// <summary>What an adapter adds to the rows, for routines that expand.</summary>
        public ExpansionRoutine.Product Expansion;

        /// <summary>Bytes from one product's rows of z to those of the next.</summary>
        public nint ZStep;
    }
}
