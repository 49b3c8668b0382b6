using System.Runtime.InteropServices;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Kernels.Emitted;

namespace Ratchet.Engine.Quantization.Emitted;

/// <summary>The routines of <see cref="ByteRoutine"/> for a form of blocks, placed in memory when first used.</summary>
/// <typeparam name="TForm">How the weights are stored.</typeparam>
internal static unsafe class ByteCode<TForm>
    where TForm : struct, IBlockForm
{
    private const nint AllOutputs = (1 << TileLayout.Outputs) - 1;

    private static readonly nint[] Routines = PlaceAll(expands: false);

    // Those for a part of a block of rows, by rows, then whether all outputs exist.
    private static readonly nint[] PartRoutines = ProcessorUnits.HasByteDot && TForm.HasBytes
        ? ExecutableMemory.PlaceAll(
            [.. Enumerable.Range(0, 2 * ByteRoutine.RowsMax).Select(i => ByteRoutine.EmitPart<TForm>((i / 2) + 1, (i & 1) != 0))])
        : [];

    private static readonly ByteRoutine.Constants* Constants = MakeConstants();

    /// <summary>Whether products of this form run on emitted code.</summary>
    public static bool IsUsed => MatrixPath.HasByteDot && Routines.Length > 0
        && (!TForm.HasBytes || PartRoutines.Length > 0);

    /// <summary>Whether the routines that add an adapter's part are there too: they are placed when first asked for.</summary>
    public static bool CanExpand => Expanding.Routines.Length > 0;

    /// <summary>Multiplies up to 8 rows by a row of tiles, or does several such products.</summary>
    /// <param name="call">Rows, tiles and where to.</param>
    /// <param name="rows">How many rows each.</param>
    /// <param name="accumulate">Adds to the result in place of overwriting it.</param>
    /// <param name="expands">Adds the call's expansion too.</param>
    public static void Run(ref ByteRoutine.Call call, int rows, bool accumulate, bool expands)
    {
        call.Constants = Constants;
        nint[] routines = expands ? Expanding.Routines : Routines;
        fixed (ByteRoutine.Call* at = &call)
        {
            ((delegate* unmanaged[SuppressGCTransition]<ByteRoutine.Call*, void>)routines[((rows - 1) * 4) + (accumulate ? 2 : 0) + (call.OutputMask == AllOutputs ? 1 : 0)])(at);
        }
    }

    /// <summary>Multiplies some rows of a block by a row of tiles of bytes.</summary>
    public static void RunPart(ref ByteRoutine.Call call, int rows)
    {
        call.Constants = Constants;
        fixed (ByteRoutine.Call* at = &call)
        {
            ((delegate* unmanaged[SuppressGCTransition]<ByteRoutine.Call*, void>)PartRoutines[((rows - 1) * 2) + (call.OutputMask == AllOutputs ? 1 : 0)])(at);
        }
    }

    // By rows, then whether y is added to, then whether all outputs exist.
    private static nint[] PlaceAll(bool expands) => ProcessorUnits.HasByteDot && !TForm.HasFifthBits
        ? ExecutableMemory.PlaceAll(
            [.. Enumerable.Range(0, 4 * ByteRoutine.RowsMax).Select(i => ByteRoutine.Emit<TForm>((i / 4) + 1, (i & 2) != 0, (i & 1) != 0, expands))])
        : [];

    private static ByteRoutine.Constants* MakeConstants()
    {
        var constants = (ByteRoutine.Constants*)NativeMemory.Alloc((nuint)sizeof(ByteRoutine.Constants));
        *constants = new ByteRoutine.Constants { NibbleMask = 0x0F0F0F0F, Shifts = 0x80808080, MinusCenter = -TForm.Center };
        return constants;
    }

    // Placed when the first adapter comes.
    private static class Expanding
    {
        public static readonly nint[] Routines = PlaceAll(expands: true);
    }
}
