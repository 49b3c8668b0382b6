using System.Globalization;
using System.Text;

namespace Ratchet.Web.Components.Text;

/// <summary>One text of a page in every language; it cannot be written in one and forgotten in the other.</summary>
/// <param name="English">Plain words, sentence case; {0} {1} ... take values.</param>
/// <param name="Chinese">The same, with the same values.</param>
public sealed record Phrase(string English, string Chinese)
{
    public string In(Language language) => language == Language.Chinese ? Chinese : English;

    public string In(Language language, params object?[] values) =>
        string.Format(CultureInfo.InvariantCulture, CompositeFormat.Parse(In(language)), values);
}
