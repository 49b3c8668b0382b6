using Ratchet.RagService.Chunking;
using Ratchet.RagService.Documents;

namespace Ratchet.RagService.Examples;

/// <summary>Finds questions that a document asks and answers itself: question headings, and lines "Q:" with "A:".</summary>
internal static class FaqFinder
{
    private const int AnswerLengthMax = 2_000;

    private static readonly string[] QuestionMarks = ["q:", "q.", "question:", "问：", "问:", "问题：", "问题:", "q："];
    private static readonly string[] AnswerMarks = ["a:", "a.", "answer:", "答：", "答:", "答案：", "答案:", "a："];

    public static IReadOnlyList<StatedPair> Find(string text)
    {
        var pairs = new List<StatedPair>();
        foreach (TextSection section in Outline.Of(text))
        {
            if (section.Blocks.Count == 0)
            {
                continue;
            }

            if (section.Path.Count > 0 && IsQuestion(section.Path[^1]))
            {
                Add(pairs, section.Path[^1], text, new TextRange(section.Blocks[0].Start, section.Blocks[^1].End));
            }
            else
            {
                AddMarked(pairs, text, section.Blocks);
            }
        }

        return pairs;
    }

    private static bool IsQuestion(string heading) => heading.EndsWith('?') || heading.EndsWith('？');

    private static void AddMarked(List<StatedPair> pairs, string text, IReadOnlyList<TextRange> blocks)
    {
        string? question = null;
        int answerStart = -1;
        int answerEnd = -1;
        foreach (TextRange line in blocks.SelectMany(block => Lines(text, block)))
        {
            ReadOnlySpan<char> words = text.AsSpan(line.Start, line.Length).Trim().TrimStart("*_-# ");
            if (Marked(words, QuestionMarks) is { } asked)
            {
                AddOpen();
                question = asked;
                answerStart = -1;
            }
            else if (question is not null && answerStart < 0 && Marked(words, AnswerMarks) is { } told)
            {
                answerStart = text.IndexOf(told, line.Start, StringComparison.Ordinal);
                answerEnd = line.End;
            }
            else if (answerStart >= 0)
            {
                answerEnd = line.End;
            }
            else if (question is not null && !words.IsEmpty)
            {
                question += " " + words.ToString();
            }
        }

        AddOpen();

        void AddOpen()
        {
            if (question is not null && answerStart >= 0)
            {
                Add(pairs, question, text, new TextRange(answerStart, answerEnd));
            }
        }
    }

    private static void Add(List<StatedPair> pairs, string question, string text, TextRange answer)
    {
        TextRange trimmed = Sentences.Trimmed(text, answer);
        if (trimmed.Length is > 0 and <= AnswerLengthMax && question.Trim('*', '_', ' ') is { Length: > 2 } asked)
        {
            pairs.Add(new StatedPair(asked, text[trimmed.Start..trimmed.End], trimmed.Start));
        }
    }

    private static string? Marked(ReadOnlySpan<char> line, string[] marks)
    {
        foreach (string mark in marks)
        {
            if (line.StartsWith(mark, StringComparison.OrdinalIgnoreCase)
                && line[mark.Length..].Trim().TrimStart("*_ ").Trim() is { IsEmpty: false } rest)
            {
                return rest.ToString();
            }
        }

        return null;
    }

    private static IEnumerable<TextRange> Lines(string text, TextRange block)
    {
        for (int start = block.Start; start < block.End;)
        {
            int end = text.IndexOf('\n', start, block.End - start);
            end = end < 0 ? block.End : end;
            yield return new TextRange(start, end);
            start = end + 1;
        }
    }
}
