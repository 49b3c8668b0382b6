using System.Text;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Reads the decoder of a tokenizer.json as a rule of what each token adds to a text.</summary>
internal static class TokenizerJsonDecoders
{
    private const string Known = "Sequence, ByteLevel, WordPiece, Metaspace, Replace, ByteFallback, Fuse, Strip and BPEDecoder";

    // Changes a token's spelling; told whether it begins the text.
    private delegate string Step(string token, bool first);

    /// <summary>The bytes of each token.</summary>
    /// <param name="part">The part of the file.</param>
    /// <param name="vocabulary">All tokens.</param>
    /// <param name="added">Added tokens, which are spelt as they are.</param>
    internal static TokenSpelling Read(JsonPart part, Vocabulary vocabulary, ISet<int> added)
    {
        JsonPart[] stages = part.IsNull ? [] : [.. Flatten(part)];
        string[] types = [.. stages.Select(stage => stage["type"].Text())];
        if (types.Contains("ByteLevel"))
        {
            return types.All(type => type is "ByteLevel" or "Fuse" or "ByteFallback")
                ? TokenSpelling.ByteLevel(vocabulary, added)
                : throw part["type"].Unknown("ByteLevel by itself");
        }

        if (types is ["WordPiece"])
        {
            string prefix = stages[0]["prefix"].TextOrNull() ?? "##";
            return TokenSpelling.WordPiece(
                vocabulary,
                (_, token) => token.StartsWith(prefix, StringComparison.Ordinal) ? (true, token[prefix.Length..]) : (false, token),
                stages[0]["cleanup"].Flag(true));
        }

        return stages.Length == 0 ? Plain(vocabulary) : BySteps(stages, vocabulary, added);
    }

    // Without a decoder tokens are parted by spaces.
    private static TokenSpelling Plain(Vocabulary vocabulary) =>
        TokenSpelling.By(vocabulary, (_, token, first) => Encoding.UTF8.GetBytes(first ? token : " " + token));

    private static TokenSpelling BySteps(JsonPart[] stages, Vocabulary vocabulary, ISet<int> added)
    {
        var steps = new List<Step>();
        bool fallsBack = false;
        bool fused = false;
        string stripped = "";
        int stripCount = 0;
        foreach (JsonPart stage in stages)
        {
            switch (stage["type"].Text())
            {
                case "Replace":
                    string from = stage["pattern"]["String"].Text();
                    string to = stage["content"].Text();
                    steps.Add((token, _) => from.Length == 0 ? token : token.Replace(from, to, StringComparison.Ordinal));
                    break;
                case "Metaspace":
                    string mark = stage["replacement"].TextOrNull() ?? "▁";
                    bool drops = stage["prepend_scheme"].TextOrNull() is var scheme && scheme is null ? stage["add_prefix_space"].Flag(true) : scheme != "never";
                    steps.Add((token, first) => (first && drops && token.StartsWith(mark, StringComparison.Ordinal) ? token[mark.Length..] : token)
                        .Replace(mark, " ", StringComparison.Ordinal));
                    break;
                case "BPEDecoder":
                    string suffix = stage["suffix"].TextOrNull() ?? "</w>";
                    steps.Add((token, _) => token.Replace(suffix, " ", StringComparison.Ordinal));
                    break;
                case "ByteFallback":
                    fallsBack = true;
                    break;
                case "Fuse":
                    fused = true;
                    break;
                case "Strip" when fused && stage["stop"].Integer() == 0:
                    (stripped, stripCount) = (stage["content"].Text(), stage["start"].Integer());
                    break;
                case "Strip" when !fused:
                    steps.Add(Strip(stage["content"].Text(), stage["start"].Integer(), stage["stop"].Integer()));
                    break;
                default:
                    throw stage["type"].Unknown(Known);
            }
        }

        return TokenSpelling.By(vocabulary, (id, token, first) =>
        {
            byte[] bytes = fallsBack && !added.Contains(id) && TokenSpelling.TryByte(token, out byte value)
                ? [value]
                : Encoding.UTF8.GetBytes(added.Contains(id) ? token : steps.Aggregate(token, (text, step) => step(text, first)));
            byte[] dropped = Encoding.UTF8.GetBytes(stripped);
            for (int left = first ? stripCount : 0; left > 0 && dropped.Length > 0 && bytes.AsSpan().StartsWith(dropped); left--)
            {
                bytes = bytes[dropped.Length..];
            }

            return bytes;
        });
    }

    private static Step Strip(string content, int start, int stop) => (token, _) =>
    {
        for (int left = start; left > 0 && content.Length > 0 && token.StartsWith(content, StringComparison.Ordinal); left--)
        {
            token = token[content.Length..];
        }

        for (int left = stop; left > 0 && content.Length > 0 && token.EndsWith(content, StringComparison.Ordinal); left--)
        {
            token = token[..^content.Length];
        }

        return token;
    };

    private static IEnumerable<JsonPart> Flatten(JsonPart part) => part["type"].Text() == "Sequence"
        ? part["decoders"].Items().SelectMany(Flatten)
        : [part];
}
