namespace Ratchet.Engine.Kernels;

/// <summary>A precision as settings write it.</summary>
public static class PrecisionSetting
{
    /// <summary>bfloat16 where the processor multiplies it faster than single precision, else that.</summary>
    public const string Auto = "auto";

    /// <summary>All that may be written, as a regular expression.</summary>
    public const string Pattern = "^(auto|float32|bfloat16)$";

    /// <summary>The precision that a setting means on this processor.</summary>
    /// <param name="setting">auto, float32 or bfloat16.</param>
    /// <exception cref="ArgumentException">The setting is none of these.</exception>
    public static Precision Read(string setting) => setting switch
    {
        Auto => MatrixPath.HasBfloat16 ? Precision.BFloat16 : Precision.Float32,
        "bfloat16" => Precision.BFloat16,
        "float32" => Precision.Float32,
        _ => throw new ArgumentException($"The precision is '{setting}'. It must be auto, float32 or bfloat16.", nameof(setting)),
    };
}
