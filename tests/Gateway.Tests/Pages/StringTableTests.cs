using System.Reflection;
using System.Text.RegularExpressions;
using Ratchet.Gateway.Pages;
using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Tests.Pages;

public sealed partial class StringTableTests
{
    public static TheoryData<string> Tables => [.. Assemblies.SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.Name.EndsWith("Strings", StringComparison.Ordinal)).Select(type => type.FullName!)];

    private static Assembly[] Assemblies => [typeof(FrameStrings).Assembly, typeof(PartStrings).Assembly];

    [Theory]
    [MemberData(nameof(Tables))]
    public void Every_text_is_there_in_both_languages_with_the_same_values(string table)
    {
        (string Name, Phrase Phrase)[] phrases = [.. Phrases(table)];
        Assert.NotEmpty(phrases);
        foreach ((string name, Phrase phrase) in phrases)
        {
            Assert.False(string.IsNullOrWhiteSpace(phrase.English), name);
            Assert.False(string.IsNullOrWhiteSpace(phrase.Chinese), name);
            Assert.Equal(Values(phrase.English), Values(phrase.Chinese));
            Assert.DoesNotContain('!', phrase.English);
            Assert.True(phrase.English == phrase.Chinese || Chinese().IsMatch(phrase.Chinese), $"{name} is not Chinese: {phrase.Chinese}");
        }
    }

    private static IEnumerable<(string, Phrase)> Phrases(string table)
    {
        Type type = Assemblies.Select(assembly => assembly.GetType(table)).First(found => found is not null)!;
        foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            if (field.GetValue(null) is Phrase phrase)
            {
                yield return (field.Name, phrase);
            }
            else if (field.GetValue(null) is IReadOnlyDictionary<string, Phrase> many)
            {
                foreach ((string key, Phrase value) in many)
                {
                    yield return ($"{field.Name}.{key}", value);
                }
            }
        }
    }

    private static string[] Values(string text) => [.. Value().Matches(text).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Value();

    [GeneratedRegex(@"[\u4e00-\u9fff]|^\{0\}")]
    private static partial Regex Chinese();
}
