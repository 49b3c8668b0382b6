using System.Collections;

namespace Ratchet.Engine.Formats.Gguf;

/// <summary>The keys of a GGUF file. Numbers keep the file's type; the getters convert where nothing is lost.</summary>
public sealed class GgufMetadata(string path, IReadOnlyDictionary<string, object> values)
    : IEnumerable<KeyValuePair<string, object>>
{
    /// <summary>Keys in the file.</summary>
    public int Count => values.Count;

    /// <summary>Whether a key is there.</summary>
    public bool Contains(string key) => values.ContainsKey(key);

    /// <summary>A text.</summary>
    /// <exception cref="GgufFormatException">The key is missing or holds something else.</exception>
    public string GetString(string key) => As<string>(key, "a text");

    /// <summary>A text, or null where the key is missing.</summary>
    /// <exception cref="GgufFormatException">The key holds something else.</exception>
    public string? FindString(string key) => Contains(key) ? GetString(key) : null;

    /// <summary>A whole number from 0 to 2^31-1.</summary>
    /// <exception cref="GgufFormatException">The key is missing, or holds something else.</exception>
    public int GetInt32(string key) => ToInt32(key, Get(key, "a whole number"));

    /// <summary>A whole number, or a default where the key is missing.</summary>
    /// <exception cref="GgufFormatException">The key holds something else.</exception>
    public int GetInt32(string key, int missing) => Contains(key) ? GetInt32(key) : missing;

    /// <summary>A finite number.</summary>
    /// <exception cref="GgufFormatException">The key is missing, or holds something else.</exception>
    public float GetFloat(string key) => Get(key, "a number") switch
    {
        float value when float.IsFinite(value) => value,
        double value when double.IsFinite(value) => (float)value,
        object other => throw GgufFormatException.WrongValue(path, key, other, "a finite number"),
    };

    /// <summary>A number, or a default where the key is missing.</summary>
    /// <exception cref="GgufFormatException">The key holds something else.</exception>
    public float GetFloat(string key, float missing) => Contains(key) ? GetFloat(key) : missing;

    /// <summary>A truth value, or a default where the key is missing.</summary>
    /// <exception cref="GgufFormatException">The key holds something else.</exception>
    public bool GetBool(string key, bool missing) => Contains(key) ? As<bool>(key, "true or false") : missing;

    /// <summary>A list of texts.</summary>
    /// <exception cref="GgufFormatException">The key is missing or holds something else.</exception>
    public string[] GetStrings(string key) => As<string[]>(key, "a list of texts");

    /// <summary>A list of texts, or null where the key is missing.</summary>
    /// <exception cref="GgufFormatException">The key holds something else.</exception>
    public string[]? FindStrings(string key) => Contains(key) ? GetStrings(key) : null;

    /// <summary>A list of numbers, or null where the key is missing.</summary>
    /// <exception cref="GgufFormatException">The key holds something else.</exception>
    public float[]? FindFloats(string key) => Contains(key) ? As<float[]>(key, "a list of numbers") : null;

    /// <summary>A list of truth values, or null where the key is missing.</summary>
    /// <exception cref="GgufFormatException">The key holds something else.</exception>
    public bool[]? FindBools(string key) => Contains(key) ? As<bool[]>(key, "a list of truth values") : null;

    /// <summary>A list of whole numbers, or null where the key is missing.</summary>
    /// <exception cref="GgufFormatException">The key holds something else.</exception>
    public int[]? FindInts(string key) => !values.TryGetValue(key, out object? value) ? null : value switch
    {
        int[] ints => ints,
        uint[] numbers => Array.ConvertAll(numbers, number => ToInt32(key, number)),
        long[] numbers => Array.ConvertAll(numbers, number => ToInt32(key, number)),
        byte[] numbers => Array.ConvertAll(numbers, number => (int)number),
        sbyte[] numbers => Array.ConvertAll(numbers, number => (int)number),
        short[] numbers => Array.ConvertAll(numbers, number => (int)number),
        ushort[] numbers => Array.ConvertAll(numbers, number => (int)number),
        _ => throw GgufFormatException.WrongValue(path, key, value, "a list of whole numbers"),
    };

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private T As<T>(string key, string needed) => Get(key, needed) is T value
        ? value
        : throw GgufFormatException.WrongValue(path, key, values[key], needed);

    private object Get(string key, string needed) => values.TryGetValue(key, out object? value)
        ? value
        : throw GgufFormatException.MissingKey(path, key, needed);

    private int ToInt32(string key, object value)
    {
        long? number = value switch
        {
            byte small => small,
            sbyte small => small,
            ushort small => small,
            short small => small,
            uint middle => middle,
            int middle => middle,
            ulong large => large <= int.MaxValue ? (long)large : null,
            long large => large,
            _ => null,
        };
        return number is >= 0 and <= int.MaxValue
            ? (int)number
            : throw GgufFormatException.WrongValue(path, key, value, "a whole number from 0 to 2,147,483,647");
    }
}
