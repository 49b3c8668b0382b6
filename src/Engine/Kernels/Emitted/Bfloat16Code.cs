namespace Ratchet.Engine.Kernels.Emitted;

/// <summary>The routines of <see cref="Bfloat16Routine"/>, placed in memory when first used.</summary>
internal static unsafe class Bfloat16Code
{
    // Palette 1; eight tiles of 64 bytes (from byte 16, two bytes each) by 16 rows (from byte 48, one byte each).
    private const int ShapeBytes = 64;
    private const int TileCount = 8;

    private static readonly byte* Shapes = MakeShapes();
    private static readonly nint[] VectorRoutines = ProcessorUnits.HasBfloat16Dot ? PlaceVectors() : [];
    private static readonly nint[] TileRoutines = ProcessorUnits.HasBfloat16Tiles ? PlaceTiles() : [];

    /// <summary>Whether the AVX-512 routines can run.</summary>
    public static bool HasVectors => VectorRoutines.Length > 0;

    /// <summary>Whether the AMX routines can run.</summary>
    public static bool HasTiles => TileRoutines.Length > 0;

    /// <summary>Up to 12 rows in AVX-512.</summary>
    public static void RunVectors(ref Bfloat16Routine.Call call, int rows, bool accumulate)
    {
        fixed (Bfloat16Routine.Call* at = &call)
        {
            ((delegate* unmanaged[SuppressGCTransition]<Bfloat16Routine.Call*, void>)VectorRoutines[((rows - 1) * 2) + (accumulate ? 1 : 0)])(at);
        }
    }

    /// <summary>Whole blocks of 32, or of 16, rows in AMX.</summary>
    public static void RunTiles(ref Bfloat16Routine.Call call, bool hasTwoTiles, bool accumulate)
    {
        call.TileShapes = Shapes;
        call.TileRowBytes = ShapeBytes;
        fixed (Bfloat16Routine.Call* at = &call)
        {
            ((delegate* unmanaged[SuppressGCTransition]<Bfloat16Routine.Call*, void>)TileRoutines[(hasTwoTiles ? 2 : 0) + (accumulate ? 1 : 0)])(at);
        }
    }

    private static nint[] PlaceVectors()
        => ExecutableMemory.PlaceAll([.. Enumerable.Range(0, 2 * Bfloat16Routine.VectorRows).Select(i => Bfloat16Routine.Vectors((i / 2) + 1, i % 2 == 1))]);

    private static nint[] PlaceTiles() => ExecutableMemory.PlaceAll([.. Enumerable.Range(0, 4).Select(i => Bfloat16Routine.Tiles(i >= 2, i % 2 == 1))]);

    private static byte* MakeShapes()
    {
        byte* shapes = (byte*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc(ShapeBytes, ShapeBytes);
        new Span<byte>(shapes, ShapeBytes).Clear();
        shapes[0] = 1;
        for (int tile = 0; tile < TileCount; tile++)
        {
            ((ushort*)(shapes + 16))[tile] = 64;
            shapes[48 + tile] = 16;
        }

        return shapes;
    }
}
