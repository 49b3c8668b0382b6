using System.Text.Json;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Ours;

/// <summary>The sample business as the trainer sees it: most questions after passages of its documents, some alone, some general ones.</summary>
/// <remarks>
/// The shares are those of the trainer's cycles. Passages are paragraphs of the document and of others; how many tokens each sample has
/// is what matters here, not which passage is right.
/// </remarks>
internal static class BusinessSamples
{
    private const double PlainShare = 0.2;
    private const double ReplayShare = 0.15;
    private const int PassageCount = 2;
    private const string SystemText = "You answer questions about our business, briefly and only with what is known.";

    /// <summary>In an order of chance, the same each time.</summary>
    /// <param name="loaded">Whose template and tokenizer.</param>
    /// <param name="samples">The repository's samples/.</param>
    public static TrainingSample[] Read(LoadedDecoder loaded, string samples)
    {
        var random = new Random(1);
        var paragraphs = Directory.GetFiles(Path.Combine(samples, "business", "documents"), "*.md")
            .Order(StringComparer.Ordinal).ToDictionary(path => Path.GetFileName(path), Paragraphs);
        string[] everywhere = [.. paragraphs.Values.SelectMany(of => of)];
        var all = new List<TrainingSample>();
        foreach (string line in File.ReadLines(Path.Combine(samples, "business", "examples.jsonl")))
        {
            using var row = JsonDocument.Parse(line);
            string question = row.RootElement.GetProperty("question").GetString()!;
            string[] own = paragraphs.GetValueOrDefault(row.RootElement.GetProperty("document_key").GetString() ?? "", everywhere);
            string[] shown = random.NextDouble() < PlainShare
                ? []
                : [own[random.Next(own.Length)], .. Enumerable.Range(1, PassageCount - 1).Select(_ => everywhere[random.Next(everywhere.Length)])];
            string prompt = string.Concat(shown.Select((passage, i) => $"[{i + 1}] {passage}\n")) + (shown.Length > 0 ? "\n" : "") + question;
            all.Add(Sample(loaded, new ChatMessage("system", SystemText), new ChatMessage("user", prompt), Answer(row.RootElement.GetProperty("answer"))));
        }

        int replayed = (int)(all.Count * ReplayShare / (1 - ReplayShare));
        foreach (string line in File.ReadLines(Path.Combine(samples, "general", "replay.jsonl")).Take(replayed))
        {
            using var row = JsonDocument.Parse(line);
            all.Add(Sample(loaded, [.. row.RootElement.GetProperty("messages").EnumerateArray()
                .Select(m => new ChatMessage(m.GetProperty("role").GetString()!, m.GetProperty("content").GetString()))]));
        }

        TrainingSample[] shuffled = [.. all];
        random.Shuffle(shuffled);
        return shuffled;
    }

    private static ChatMessage Answer(JsonElement text) => new("assistant", text.GetString());

    private static string[] Paragraphs(string path)
        => [.. File.ReadAllText(path).Split("\n\n").Where(part => !part.StartsWith('#') && part.Trim().Length > 0).Select(part => part.Trim())];

    private static TrainingSample Sample(LoadedDecoder loaded, params ChatMessage[] messages)
    {
        EncodedConversation conversation = loaded.Chat!.EncodeConversation(messages, LossTargets.LastAssistantTurn);
        return new TrainingSample(conversation.Ids, conversation.Mask);
    }
}
