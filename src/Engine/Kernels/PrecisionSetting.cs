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
        Auto => MatrixPath.IsBfloat16Faster ? Precision.BFloat16 : Precision.Float32,
        "bfloat16" => Precision.BFloat16,
        "float32" => Precision.Float32,
        _ => throw new ArgumentException($"The precision is '{setting}'. It must be auto, float32 or bfloat16.", nameof(setting)),
    };

    /// <summary>In which numbers an encoder multiplies, all that may be written, as a regular expression.</summary>
    public const string EncoderPattern = "^(auto|float32|bfloat16|int8)$";

    /// <summary>In which numbers a setting has an encoder multiply on this processor.</summary>
    /// <param name="setting">
    /// auto, float32, bfloat16 or int8. Auto is bfloat16 where the processor multiplies it faster than single precision, else int8 where it has
    /// instructions for it; weights that are not stored in blocks are multiplied in single precision then.
    /// </param>
    /// <exception cref="ArgumentException">The setting is none of these.</exception>
    public static Precision ReadForEncoder(string setting) => setting switch
    {
        Auto => MatrixPath.IsBfloat16Faster ? Precision.BFloat16 : MatrixPath.HasByteDot ? Precision.Int8 : Precision.Float32,
        "bfloat16" => Precision.BFloat16,
        "float32" => Precision.Float32,
        "int8" => Precision.Int8,
        _ => throw new ArgumentException($"The precision of the encoder is '{setting}'. It must be auto, float32, bfloat16 or int8.", nameof(setting)),
    };

    /// <summary>In which numbers prompts are read, all that may be written, as a regular expression.</summary>
    public const string PromptPattern = "^(auto|same|bfloat16)$";

    /// <summary>In which numbers a setting has prompts read on this processor.</summary>
    /// <param name="setting">auto, same or bfloat16. Auto never takes exactness from who asked for it: bfloat16 in place of int8 alone.</param>
    /// <param name="precision">Of the tokens that are written.</param>
    /// <exception cref="ArgumentException">The setting is none of these.</exception>
    public static Precision ReadForPrompts(string setting, Precision precision) => setting switch
    {
        Auto => precision == Precision.Int8 && MatrixPath.HasBfloat16Tiles ? Precision.BFloat16 : precision,
        "same" => precision,
        "bfloat16" => Precision.BFloat16,
        _ => throw new ArgumentException($"The precision of prompts is '{setting}'. It must be auto, same or bfloat16.", nameof(setting)),
    };

    /// <summary>In which numbers keys and values are kept, all that may be written, as a regular expression.</summary>
    public const string CachePattern = "^(auto|float32|int16)$";

    /// <summary>In which numbers a setting has keys and values kept.</summary>
    /// <param name="setting">auto, float32 or int16. Auto never takes exactness from who asked for it: 16-bit integers beside int8 alone.</param>
    /// <param name="precision">Of the tokens that are written.</param>
    /// <exception cref="ArgumentException">The setting is none of these.</exception>
    public static CachePrecision ReadForCaches(string setting, Precision precision) => setting switch
    {
        Auto => precision == Precision.Int8 ? CachePrecision.Int16 : CachePrecision.Float32,
        "float32" => CachePrecision.Float32,
        "int16" => CachePrecision.Int16,
        _ => throw new ArgumentException($"The precision of caches is '{setting}'. It must be auto, float32 or int16.", nameof(setting)),
    };
}
