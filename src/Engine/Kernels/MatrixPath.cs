using Ratchet.Engine.Kernels.Emitted;

namespace Ratchet.Engine.Kernels;

/// <summary>Which unit multiplies matrices in reduced precision.</summary>
/// <remarks>
/// The environment variable <c>RATCHET_MATRIX_UNIT</c> (none, avx512 or amx) holds it to a lesser one; none also means that no code is
/// emitted.
/// </remarks>
public static class MatrixPath
{
    /// <summary>Environment variable that holds the unit to a lesser one.</summary>
    public const string Variable = "RATCHET_MATRIX_UNIT";

    /// <summary>The best unit that this processor has and the environment allows.</summary>
    public static MatrixUnit Best { get; } = (MatrixUnit)Math.Min((int)Present(), (int)Allowed(Environment.GetEnvironmentVariable(Variable)));

    /// <summary>The unit in use. One that the processor lacks is never used.</summary>
    public static MatrixUnit Unit { get; set; } = Best;

    /// <summary>Whether products of bfloat16 run on tiles.</summary>
    internal static bool HasBfloat16Tiles => Unit == MatrixUnit.Amx && Bfloat16Code.HasTiles;

    /// <summary>Whether products of bfloat16 run in AVX-512.</summary>
    internal static bool HasBfloat16Dot => Unit != MatrixUnit.None && Bfloat16Code.HasVectors;

    /// <summary>Whether products of bytes take one instruction in place of three.</summary>
    internal static bool HasByteDot => Unit != MatrixUnit.None && VectorPath.Width == VectorWidth.Bits512 && ProcessorUnits.HasByteDot;

    /// <summary>Whether products of bfloat16 have routines here.</summary>
    public static bool HasBfloat16 => HasBfloat16Tiles || HasBfloat16Dot;

    /// <summary>Whether they are faster than those of single precision: what is left to the engine to choose is then bfloat16.</summary>
    public static bool IsBfloat16Faster => HasBfloat16Tiles || (HasBfloat16Dot && ProcessorUnits.IsBfloat16DotFast);

    /// <summary>The unit that a setting names; the best where there is none.</summary>
    /// <exception cref="ArgumentException">The setting names no unit.</exception>
    internal static MatrixUnit Allowed(string? setting) => setting?.Trim().ToLowerInvariant() switch
    {
        null or "" or "amx" => MatrixUnit.Amx,
        "avx512" => MatrixUnit.Avx512,
        "none" => MatrixUnit.None,
        _ => throw new ArgumentException($"{Variable} is \"{setting}\". It must be none, avx512 or amx, or not be set."),
    };

    private static MatrixUnit Present()
        => ProcessorUnits.HasBfloat16Tiles ? MatrixUnit.Amx
        : ProcessorUnits.HasBfloat16Dot || ProcessorUnits.HasByteDot ? MatrixUnit.Avx512
        : MatrixUnit.None;
}
