using System.Text;
using Ratchet.Engine.Tokenization.PreTokenization;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Regular expressions by which public tokenizers look for something, each with code that finds the same.</summary>
internal static class RegularDelimiters
{
    private static readonly CharacterDelimiter SpaceRun = new(rune => rune.Value == ' ', takesRuns: true);
    private static readonly CharacterDelimiter LongSpaceRun = new(rune => rune.Value == ' ', takesRuns: true, runMin: 2);
    private static readonly CharacterDelimiter WhiteRun = new(Rune.IsWhiteSpace, takesRuns: true);
    private static readonly CharacterDelimiter NumberRun = new(Rune.IsNumber, takesRuns: true);

    private static readonly Dictionary<string, IDelimiter> All = new(StringComparer.Ordinal)
    {
        [" {2,}"] = LongSpaceRun,
        [" +"] = SpaceRun,
        [@"\s+"] = WhiteRun,
        [@"\s"] = CharacterDelimiter.WhiteSpace,
        [@"\p{N}"] = CharacterDelimiter.Number,
        [@"\p{N}+"] = NumberRun,
        [@"\p{N}{1,3}"] = new DigitGroupDelimiter(),
        [@"\w+|[^\w\s]+"] = new WordDelimiter(),
    };

    /// <summary>The expressions, for errors.</summary>
    internal static string Known => string.Join(", ", All.Keys.Select(pattern => $"\"{pattern}\""));

    /// <summary>Null where an expression is not among them.</summary>
    internal static IDelimiter? Find(string pattern) => All.GetValueOrDefault(pattern);
}
