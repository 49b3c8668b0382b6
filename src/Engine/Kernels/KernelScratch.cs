using System.Runtime.InteropServices;

namespace Ratchet.Engine.Kernels;

/// <summary>Native memory that a thread reuses from call to call; what it holds lasts until the same part is asked for again.</summary>
internal sealed unsafe class KernelScratch
{
    private const int Alignment = 64;
    private const nuint Step = 1 << 16;

    [ThreadStatic]
    private static KernelScratch? _current;

    private readonly nint[] _pointers = new nint[Enum.GetValues<Part>().Length];
    private readonly nuint[] _lengths = new nuint[Enum.GetValues<Part>().Length];

    ~KernelScratch()
    {
        foreach (nint pointer in _pointers)
        {
            NativeMemory.AlignedFree((void*)pointer);
        }
    }

    /// <summary>Uses of scratch memory that are alive at the same time on one thread.</summary>
    public enum Part
    {
        /// <summary>Panels of a matrix being multiplied.</summary>
        Panels,

        /// <summary>One tile on its way into a panel.</summary>
        Tile,

        /// <summary>Activations rounded to bytes, shared with the threads of the loop.</summary>
        Activations,

        /// <summary>One row, or a few thin ones, on the way to being rounded.</summary>
        Rest,

        /// <summary>What adapters add to products in integers, and to which rows.</summary>
        Runs,

        /// <summary>What adapters of a pass give which rows.</summary>
        LowRankParts,

        /// <summary>Sums of an adapter's gradients over some of the rows, shared with the threads of the loop.</summary>
        GradientSums,

        /// <summary>Keys and values rounded for attention, shared with the threads of the loop.</summary>
        AttentionPanels,

        /// <summary>Where the segments of attention begin, shared likewise.</summary>
        AttentionPlaces,

        /// <summary>Scores and sums of the head that a thread attends with.</summary>
        AttentionWork,
    }

    /// <summary>At least <paramref name="bytes"/> bytes, aligned to 64, not cleared.</summary>
    public static void* Get(Part part, long bytes)
    {
        KernelScratch scratch = _current ??= new KernelScratch();
        ref nuint length = ref scratch._lengths[(int)part];
        ref nint pointer = ref scratch._pointers[(int)part];
        if (length < (nuint)bytes)
        {
            NativeMemory.AlignedFree((void*)pointer);
            pointer = 0;
            length = 0;
            nuint rounded = ((nuint)bytes + Step - 1) / Step * Step;
            pointer = (nint)NativeMemory.AlignedAlloc(rounded, Alignment);
            length = rounded;
        }

        return (void*)pointer;
    }
}
