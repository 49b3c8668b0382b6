using System.Text;
using Ratchet.Engine.Tokenization.Patterns;
using Ratchet.Engine.Tokenization.PreTokenization;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Regular expressions by which tokenizers look for something; the usual ones have code that finds the same sooner.</summary>
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

    /// <summary>What finds the matches of an expression.</summary>
    /// <exception cref="VocabularyException">It is none, or has what is not known.</exception>
    internal static IDelimiter Of(string pattern) => All.GetValueOrDefault(pattern) ?? new ExpressionDelimiter(PatternProgram.Read(pattern));

    /// <summary>The expressions that have code of their own.</summary>
    internal static IReadOnlyDictionary<string, IDelimiter> Walked => All;
}
