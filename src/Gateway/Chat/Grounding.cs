using System.Text.RegularExpressions;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;

namespace Ratchet.Gateway.Chat;

/// <summary>Finds which passage a sentence of an answer rests on.</summary>
public static partial class Grounding
{
    // Half of a sentence's words in one passage: fewer is chance, more would miss what the model says in its own words.
    private const double ShareMin = 0.5;

    /// <summary>
    /// A citation for every sentence that a passage carries or that names one as [n]; where none does, the best passage
    /// is cited for the whole answer, since it is what the model was given.
    /// </summary>
    public static IReadOnlyList<Annotation> Cite(string answer, IReadOnlyList<SearchHit> hits, string site)
    {
        if (hits.Count == 0 || answer.Trim().Length == 0 || answer.Contains(GroundedPrompt.NotKnown, StringComparison.OrdinalIgnoreCase))
        {
            return [];
        }

        HashSet<string>[] passages = [.. hits.Select(hit => Words($"{hit.Chunk.Heading} {hit.Chunk.Text}"))];
        var citations = new List<Annotation>();
        foreach (Match sentence in Sentences().Matches(answer))
        {
            if (Best(sentence.Value, passages) is { } best)
            {
                citations.Add(Annotate(hits[best], sentence.Index, sentence.Index + sentence.Length, site));
            }
        }

        if (!citations.Any(citation => citation.UrlCitation.Url == Url(hits[0], site)))
        {
            citations.Add(Annotate(hits[0], 0, answer.Length, site));
        }

        return citations;
    }

    private static int? Best(string sentence, HashSet<string>[] passages)
    {
        Match marker = Marker().Match(sentence);
        if (marker.Success && int.TryParse(marker.Groups[1].ValueSpan, out int number) && number >= 1 && number <= passages.Length)
        {
            return number - 1;
        }

        HashSet<string> words = Words(sentence);
        if (words.Count == 0)
        {
            return null;
        }

        (double share, int index) = passages
            .Select((passage, index) => ((double)words.Count(passage.Contains) / words.Count, index))
            .MaxBy(pair => pair.Item1);
        return share >= ShareMin ? index : null;
    }

    private static HashSet<string> Words(string text)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        foreach (Match word in WordPattern().Matches(text.ToLowerInvariant()))
        {
            // Chinese has no spaces: pairs of characters take the place of words.
            if (word.Value[0] >= '\u3040')
            {
                for (int i = 0; i + 1 < word.Length; i++)
                {
                    words.Add(word.Value.Substring(i, 2));
                }
            }
            else if (word.Length > 2 || char.IsAsciiDigit(word.Value[0]))
            {
                words.Add(word.Value);
            }
        }

        return words;
    }

    private static Annotation Annotate(SearchHit hit, int start, int end, string site) => new()
    {
        UrlCitation = new UrlCitation(start, end, hit.Document.Title ?? hit.Document.Key, Url(hit, site)),
    };

    /// <summary>Where a passage can be read.</summary>
    public static string Url(SearchHit hit, string site) =>
        $"{site}/knowledge/{Uri.EscapeDataString(hit.Document.Id)}#{Uri.EscapeDataString(hit.Chunk.Id)}";

    [GeneratedRegex(@"[^.!?。！？\n]*[^\s.!?。！？][^.!?。！？\n]*(?:[.!?。！？]+(?=\s|$|[^\x00-\x7F])|[.!?](?=\S)[^.!?。！？\n]*)*[.!?。！？]*")]
    private static partial Regex Sentences();

    [GeneratedRegex(@"\[(\d{1,2})\]")]
    private static partial Regex Marker();

    [GeneratedRegex(@"[\u3040-\u30ff\u3400-\u9fff]+|[\p{L}\p{Nd}]+")]
    private static partial Regex WordPattern();
}
