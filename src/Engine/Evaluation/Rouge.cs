using System.Text;

namespace Ratchet.Engine.Evaluation;

/// <summary>
/// ROUGE-1, -2, -L and -Lsum (Lin 2004), equal to rouge_score's numbers (F89), and in a mode for Chinese, where that one
/// gives 0.
/// </summary>
public static class Rouge
{
    // The stemmer leaves shorter words alone.
    private const int UnstemmedLength = 3;

    /// <summary>Scores one prediction.</summary>
    /// <param name="prediction">What was written.</param>
    /// <param name="reference">What should have been.</param>
    /// <param name="tokens">What counts as a word.</param>
    public static RougeScore Score(string prediction, string reference, RougeTokens tokens = RougeTokens.Words)
    {
        IReadOnlyList<string> predicted = Tokens(prediction, tokens);
        IReadOnlyList<string> wanted = Tokens(reference, tokens);
        return new RougeScore(
            OverlapScore.OfBags(predicted, wanted),
            OverlapScore.OfBags(Pairs(predicted), Pairs(wanted)),
            OverlapScore.Of(Subsequence.Length(wanted, predicted), predicted.Count, wanted.Count),
            BySentence(Sentences(prediction, tokens), Sentences(reference, tokens)));
    }

    /// <summary>Scores words that something else has cut, a Chinese word segmenter for instance; the text counts as one line.</summary>
    /// <param name="prediction">Words of what was written.</param>
    /// <param name="reference">Words of what should have been.</param>
    public static RougeScore Score(IReadOnlyList<string> prediction, IReadOnlyList<string> reference) => new(
        OverlapScore.OfBags(prediction, reference),
        OverlapScore.OfBags(Pairs(prediction), Pairs(reference)),
        OverlapScore.Of(Subsequence.Length(reference, prediction), prediction.Count, reference.Count),
        BySentence([prediction], [reference]));

    /// <summary>The plain mean of each part over several predictions.</summary>
    /// <param name="scores">At least one.</param>
    public static RougeScore Mean(IReadOnlyCollection<RougeScore> scores) => new(
        Mean(scores, score => score.Rouge1),
        Mean(scores, score => score.Rouge2),
        Mean(scores, score => score.RougeL),
        Mean(scores, score => score.RougeLSum));

    /// <summary>The words of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="tokens">What counts as a word.</param>
    public static IReadOnlyList<string> Tokens(string text, RougeTokens tokens)
    {
        if (tokens == RougeTokens.CjkCharacters)
        {
            return CjkText.Tokens(text);
        }

        var words = new List<string>();
        var word = new StringBuilder();
        foreach (char character in text.ToLowerInvariant().Append(' '))
        {
            if (char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character))
            {
                word.Append(character);
            }
            else if (word.Length > 0)
            {
                string found = word.ToString();
                words.Add(tokens == RougeTokens.Stems && found.Length > UnstemmedLength ? PorterStemmer.Stem(found) : found);
                word.Clear();
            }
        }

        return words;
    }

    private static OverlapScore Mean(IReadOnlyCollection<RougeScore> scores, Func<RougeScore, OverlapScore> part) => new(
        scores.Average(score => part(score).Precision),
        scores.Average(score => part(score).Recall),
        scores.Average(score => part(score).F1));

    private static (string, string)[] Pairs(IReadOnlyList<string> words)
    {
        var pairs = new (string, string)[Math.Max(0, words.Count - 1)];
        for (int index = 0; index < pairs.Length; index++)
        {
            pairs[index] = (words[index], words[index + 1]);
        }

        return pairs;
    }

    private static IReadOnlyList<string>[] Sentences(string text, RougeTokens tokens) =>
        [.. text.Split('\n').Where(line => line.Length > 0).Select(line => Tokens(line, tokens))];

    // The union over the prediction's lines of what each shares with a reference line; a word counts as often as both texts have it.
    private static OverlapScore BySentence(IReadOnlyList<string>[] predicted, IReadOnlyList<string>[] wanted)
    {
        Dictionary<string, int> predictedLeft = Counts(predicted);
        Dictionary<string, int> wantedLeft = Counts(wanted);
        int hits = 0;
        foreach (IReadOnlyList<string> line in wanted)
        {
            var shared = new SortedSet<int>();
            foreach (IReadOnlyList<string> other in predicted)
            {
                shared.UnionWith(Subsequence.Places(line, other));
            }

            foreach (string word in shared.Select(place => line[place]))
            {
                if (predictedLeft.GetValueOrDefault(word) > 0 && wantedLeft.GetValueOrDefault(word) > 0)
                {
                    predictedLeft[word]--;
                    wantedLeft[word]--;
                    hits++;
                }
            }
        }

        return OverlapScore.Of(hits, predicted.Sum(line => line.Count), wanted.Sum(line => line.Count));
    }

    private static Dictionary<string, int> Counts(IReadOnlyList<string>[] sentences)
    {
        var counts = new Dictionary<string, int>();
        foreach (string word in sentences.SelectMany(sentence => sentence))
        {
            counts[word] = counts.GetValueOrDefault(word) + 1;
        }

        return counts;
    }
}
