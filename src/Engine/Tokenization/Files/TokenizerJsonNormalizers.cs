using Ratchet.Engine.Tokenization.Normalization;
using Ratchet.Engine.Tokenization.PreTokenization;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Reads the normaliser of a tokenizer.json.</summary>
internal static class TokenizerJsonNormalizers
{
    private const string Known =
        "Sequence, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Nmt, Prepend, Replace, Precompiled and BertNormalizer";

    /// <summary>The normaliser; null where there is none.</summary>
    internal static ITextNormalizer? Read(JsonPart part) => part.IsNull ? null : One(part);

    /// <summary>What a Replace or Split looks for.</summary>
    internal static IDelimiter Delimiter(JsonPart pattern)
    {
        if (!pattern["String"].IsNull)
        {
            return new TextDelimiter(pattern["String"].Text());
        }

        try
        {
            return RegularDelimiters.Of(pattern["Regex"].Text());
        }
        catch (VocabularyException fault)
        {
            throw pattern["Regex"].Wrong(fault);
        }
    }

    private static ITextNormalizer One(JsonPart part) => part["type"].Text() switch
    {
        "Sequence" => new SequenceNormalizer([.. part.Knowing("normalizers")["normalizers"].Items().Select(One)]),
        "NFC" => UnicodeForm.Composed,
        "NFD" => UnicodeForm.Decomposed,
        "NFKC" => UnicodeForm.CompatiblyComposed,
        "NFKD" => UnicodeForm.CompatiblyDecomposed,
        "Lowercase" => CharacterNormalizer.Lowercase,
        "StripAccents" => CharacterNormalizer.StripAccents,
        "Nmt" => CharacterNormalizer.Nmt,
        "Strip" => new StripNormalizer(part.Knowing("strip_left", "strip_right")["strip_left"].Flag(true), part["strip_right"].Flag(true)),
        "Prepend" => new PrependNormalizer(part.Knowing("prepend")["prepend"].Text()),
        "Replace" => Replace(part.Knowing("pattern", "content")),
        "Precompiled" => Precompiled(part.Knowing("precompiled_charsmap")["precompiled_charsmap"]),
        "BertNormalizer" => Bert(part.Knowing("clean_text", "handle_chinese_chars", "strip_accents", "lowercase")),
        _ => throw part["type"].Unknown(Known),
    };

    private static ReplaceNormalizer Replace(JsonPart part) =>
        Delimiter(part["pattern"]) is not ExpressionDelimiter { MayBeEmpty: true } and var delimiter
            ? new(delimiter, part["content"].Text())
            : throw part["pattern"]["Regex"].Wrong("an expression whose matches are never empty");

    private static BertNormalizer Bert(JsonPart part)
    {
        bool lowercases = part["lowercase"].Flag(true);
        return new()
        {
            CleansText = part["clean_text"].Flag(true),
            SplitsChinese = part["handle_chinese_chars"].Flag(true),
            StripsAccents = part["strip_accents"].Flag(lowercases),
            Lowercases = lowercases,
        };
    }

    // An empty table changes nothing.
    private static ITextNormalizer Precompiled(JsonPart table)
    {
        string text = table.TextOrNull() ?? "";
        byte[] bytes = new byte[(text.Length / 4 * 3) + 3];
        return text.Length == 0
            ? new SequenceNormalizer([])
            : Convert.TryFromBase64String(text, bytes, out int length)
                ? new PrecompiledNormalizer(new CharactersMap(bytes.AsSpan(0, length)))
                : throw table.Wrong("base64");
    }
}
