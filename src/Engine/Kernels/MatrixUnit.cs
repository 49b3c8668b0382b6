namespace Ratchet.Engine.Kernels;

/// <summary>What multiplies matrices of bfloat16, and bytes, beyond what .NET has intrinsics for.</summary>
public enum MatrixUnit
{
    /// <summary>Nothing: kernels in C# alone; bfloat16 numbers are multiplied as single precision.</summary>
    None,

    /// <summary>AVX-512 with BF16 and VNNI, through code emitted at run time.</summary>
    Avx512,

    /// <summary>AMX tiles, through code emitted at run time.</summary>
    Amx,
}
