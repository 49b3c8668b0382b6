using System.Text.RegularExpressions;
using Ratchet.Contracts.Rag;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService;

/// <summary>What names and words of a request may be.</summary>
internal static partial class Names
{
    public const string CollectionPattern = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$";
    private const int KeyLengthMax = 512;

    public static string Collection(string? given, RagOptions options)
    {
        string name = string.IsNullOrEmpty(given) ? options.DefaultCollection : given;
        return CollectionName().IsMatch(name)
            ? name
            : throw ApiException.BadField(
                "collection",
                $"The collection is named '{Shown(name)}'. A name has 1 to 64 letters, digits, '_', '.' or '-', and starts with "
                + "a letter or digit.");
    }

    public static string Key(string given)
    {
        string key = given.Trim();
        return key.Length is > 0 and <= KeyLengthMax && !key.Any(char.IsControl)
            ? key
            : throw ApiException.BadField(
                "key", $"The key has {key.Length} characters; 1 to {KeyLengthMax} are taken, without control characters.");
    }

    /// <summary>A pin: null, train or held_out.</summary>
    public static string? Split(string? given) => given switch
    {
        null or "" => null,
        Splits.Train or Splits.HeldOut => given,
        _ => throw ApiException.BadField(
            "split", $"The split is '{Shown(given)}'; it can be '{Splits.Train}', '{Splits.HeldOut}', or left out."),
    };

    public static string OneOf(string param, string given, IReadOnlyList<string> known) => known.Contains(given)
        ? given
        : throw ApiException.BadField(
            param, $"The {param} is '{Shown(given)}'; it can be one of: {string.Join(", ", known)}.");

    /// <summary>A value from outside, short enough for a message.</summary>
    public static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "…";

    [GeneratedRegex(CollectionPattern)]
    private static partial Regex CollectionName();
}
