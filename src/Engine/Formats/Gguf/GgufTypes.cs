using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Formats.Gguf;

/// <summary>Numbers of tensor types in GGUF files: ggml's enum ggml_type.</summary>
internal static class GgufTypes
{
    private static readonly (uint Number, ElementType Type)[] Table =
    [
        (0, ElementType.F32), (1, ElementType.F16), (2, ElementType.Q4_0), (3, ElementType.Q4_1), (6, ElementType.Q5_0), (7, ElementType.Q5_1),
        (8, ElementType.Q8_0), (10, ElementType.Q2_K), (11, ElementType.Q3_K), (12, ElementType.Q4_K), (13, ElementType.Q5_K), (14, ElementType.Q6_K),
        (20, ElementType.IQ4_NL), (23, ElementType.IQ4_XS), (30, ElementType.BF16),
    ];

    // Types that have a number and are not read, for messages.
    private static readonly Dictionary<uint, string> Others = new()
    {
        [9] = "Q8_1",
        [15] = "Q8_K",
        [16] = "IQ2_XXS",
        [17] = "IQ2_XS",
        [18] = "IQ3_XXS",
        [19] = "IQ1_S",
        [21] = "IQ3_S",
        [22] = "IQ2_S",
        [24] = "I8",
        [25] = "I16",
        [26] = "I32",
        [27] = "I64",
        [28] = "F64",
        [29] = "IQ1_M",
        [34] = "TQ1_0",
        [35] = "TQ2_0",
        [39] = "MXFP4",
    };

    /// <summary>The types that are read.</summary>
    public static IEnumerable<ElementType> Known => Table.Select(entry => entry.Type);

    /// <summary>The type of a number, or null where it is not read.</summary>
    public static ElementType? Find(uint number)
    {
        foreach ((uint known, ElementType type) in Table)
        {
            if (known == number)
            {
                return type;
            }
        }

        return null;
    }

    /// <summary>The number of a type.</summary>
    /// <exception cref="ArgumentException">No GGUF file holds the type.</exception>
    public static uint NumberOf(ElementType type)
    {
        foreach ((uint number, ElementType known) in Table)
        {
            if (known == type)
            {
                return number;
            }
        }

        throw new ArgumentException($"No GGUF file holds tensors of {type}.", nameof(type));
    }

    /// <summary>A number with its name where it has one: "39 (MXFP4)".</summary>
    public static string Describe(uint number) => Others.TryGetValue(number, out string? name) ? $"{number} ({name})" : $"{number}";
}
