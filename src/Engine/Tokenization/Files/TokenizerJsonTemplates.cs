namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Reads the post-processor of a tokenizer.json: what is put around texts.</summary>
internal static class TokenizerJsonTemplates
{
    private const string Known = "Sequence, TemplateProcessing, BertProcessing, RobertaProcessing and ByteLevel";

    /// <summary>The template, and whether white space at its ends is no part of what a token covers.</summary>
    internal static (SpecialTokenTemplate Template, bool TrimsOffsets) Read(JsonPart part, Vocabulary vocabulary)
    {
        if (part.IsNull)
        {
            return (SpecialTokenTemplate.None, false);
        }

        string type = part["type"].Text();
        switch (type)
        {
            case "Sequence":
                (SpecialTokenTemplate Template, bool Trims) all = (SpecialTokenTemplate.None, false);
                foreach (JsonPart step in part["processors"].Items())
                {
                    (SpecialTokenTemplate template, bool trims) = Read(step, vocabulary);
                    all = (ReferenceEquals(template, SpecialTokenTemplate.None) ? all.Template
                        : ReferenceEquals(all.Template, SpecialTokenTemplate.None) ? template
                        : throw step["type"].Unknown("one template"), all.Trims || trims);
                }

                return all;
            case "ByteLevel":
                return (SpecialTokenTemplate.None, part["trim_offsets"].Flag(true));
            case "BertProcessing":
                return (SpecialTokenTemplate.Around(Named(part["cls"], vocabulary), Named(part["sep"], vocabulary)), false);
            case "RobertaProcessing":
                return (Roberta(Named(part["cls"], vocabulary), Named(part["sep"], vocabulary)), part["trim_offsets"].Flag(true));
            case "TemplateProcessing":
                Dictionary<string, int[]> tokens = SpecialTokens(part["special_tokens"], vocabulary);
                return (new(Parts(part["single"], tokens), part["pair"].IsNull ? null : Parts(part["pair"], tokens)), false);
            default:
                throw part["type"].Unknown(Known);
        }
    }

    private static SpecialTokenTemplate Roberta(int begin, int end)
    {
        var first = SpecialTokenTemplate.Part.Token(begin, 0);
        var last = SpecialTokenTemplate.Part.Token(end, 0);
        return new(
            [first, SpecialTokenTemplate.Part.Text(0, 0), last],
            [first, SpecialTokenTemplate.Part.Text(0, 0), last, last, SpecialTokenTemplate.Part.Text(1, 0), last]);
    }

    // ["[SEP]", 3]
    private static int Named(JsonPart pair, Vocabulary vocabulary)
    {
        JsonPart id = pair.Items().Skip(1).FirstOrDefault();
        return pair.Count == 2 && id.Integer() is >= 0 and int number && number < vocabulary.Size ? number : throw pair.Wrong("a token and its id");
    }

    private static Dictionary<string, int[]> SpecialTokens(JsonPart part, Vocabulary vocabulary)
    {
        var tokens = new Dictionary<string, int[]>(StringComparer.Ordinal);
        foreach ((string name, JsonPart token) in part.IsNull ? [] : part.Entries())
        {
            int[] ids = [.. token["ids"].Items().Select(id => id.Integer())];
            tokens[name] = ids.All(id => id >= 0 && id < vocabulary.Size) ? ids : throw token["ids"].Wrong("tokens of the vocabulary");
        }

        return tokens;
    }

    private static List<SpecialTokenTemplate.Part> Parts(JsonPart list, Dictionary<string, int[]> tokens)
    {
        var parts = new List<SpecialTokenTemplate.Part>();
        foreach (JsonPart item in list.Items())
        {
            JsonPart token = item["SpecialToken"];
            JsonPart text = item["Sequence"];
            if (!token.IsNull)
            {
                int type = token["type_id"].Integer();
                int[] ids = tokens.GetValueOrDefault(token["id"].Text()) ?? throw token["id"].Wrong("one of special_tokens");
                parts.AddRange(ids.Select(id => SpecialTokenTemplate.Part.Token(id, type)));
            }
            else
            {
                int sequence = text["id"].Text() switch
                {
                    "A" => 0,
                    "B" => 1,
                    _ => throw text["id"].Wrong("\"A\" or \"B\""),
                };
                parts.Add(SpecialTokenTemplate.Part.Text(sequence, text["type_id"].Integer()));
            }
        }

        return parts;
    }
}
