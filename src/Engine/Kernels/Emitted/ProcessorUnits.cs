using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Ratchet.Engine.Kernels.Emitted;

/// <summary>What this processor and system have beyond what .NET has intrinsics for.</summary>
internal static unsafe partial class ProcessorUnits
{
    private const long ArchPrctl = 158;
    private const long RequestPermission = 0x1023;
    private const long TileData = 18;

    /// <summary>VPDPBUSD on 512 bits.</summary>
    public static bool HasByteDot { get; } = CanEmit && Leaf7(0).Ecx.HasBit(11);

    /// <summary>VDPBF16PS on 512 bits.</summary>
    public static bool HasBfloat16Dot { get; } = CanEmit && Leaf7(1).Eax.HasBit(5);

    /// <summary>Whether VDPBF16PS multiplies more pairs in a second than single precision does.</summary>
    /// <remarks>
    /// From AMD's Zen 4 on it has the rate of a fused multiply-add and so twice its products. Intel's cores have it for those who do without
    /// tiles: on an Emerald Rapids a plain loop reached 42 G products/s against 73 in single precision (bench/compare, docs/performance.md).
    /// </remarks>
    public static bool IsBfloat16DotFast => HasBfloat16Dot && !IsIntel;

    /// <summary>Tiles with bfloat16 products; the system lets this process use them.</summary>
    public static bool HasBfloat16Tiles { get; } = CanEmit && Leaf7(0).Edx.HasBit(22) && Leaf7(0).Edx.HasBit(24) && MayUseTiles();

    // The routines follow the System V calling convention, and their memory Linux's rules.
    private static bool CanEmit
        => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 && Avx512BW.IsSupported;

    // "GenuineIntel", as CPUID's leaf 0 spells it.
    private static bool IsIntel { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0) is { Ebx: 0x756E6547, Edx: 0x49656E69, Ecx: 0x6C65746E };

    private static (int Eax, int Ecx, int Edx) Leaf7(int part)
    {
        if (X86Base.CpuId(0, 0).Eax < 7)
        {
            return default;
        }

        (int eax, _, int ecx, int edx) = X86Base.CpuId(7, part);
        return (eax, ecx, edx);
    }

    private static bool HasBit(this int word, int bit) => ((word >> bit) & 1) != 0;

    // The state of the tiles is large, so Linux has a process ask for it once: linux/Documentation/arch/x86/xstate.rst.
    private static bool MayUseTiles() => Syscall(ArchPrctl, RequestPermission, TileData) == 0;

    [LibraryImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long Syscall(long number, long first, long second);
}
