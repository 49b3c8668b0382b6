using System.Text;
using Ratchet.RagService.Chunking;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Documents;

/// <summary>Reads the bytes of a document into text. What cannot be read is refused with the reason.</summary>
internal static class TextExtractor
{
    private const int TitleLengthMax = 200;

    /// <summary>Media types by file extension; the keys are all that is taken.</summary>
    private static readonly Dictionary<string, string> MediaTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [".txt"] = "text/plain",
        [".text"] = "text/plain",
        [".md"] = "text/markdown",
        [".markdown"] = "text/markdown",
        [".html"] = "text/html",
        [".htm"] = "text/html",
        [".csv"] = "text/csv",
        [".tsv"] = "text/csv",
        [".json"] = "application/json",
        [".jsonl"] = "application/jsonl",
        [".ndjson"] = "application/jsonl",
    };

    public static string Taken => string.Join(", ", MediaTypes.Keys.Select(extension => extension[1..]));

    /// <summary>The media type of a file by its name, or null where the kind is not taken.</summary>
    public static string? MediaTypeOf(string fileName) =>
        MediaTypes.GetValueOrDefault(Path.GetExtension(fileName));

    /// <summary>The media type that a sender named, without parameters; null where the kind is not taken.</summary>
    public static string? Known(string mediaType)
    {
        string bare = mediaType.Split(';', 2)[0].Trim().ToLowerInvariant();
        return bare switch
        {
            "application/x-ndjson" or "application/x-jsonlines" => "application/jsonl",
            "application/xhtml+xml" => "text/html",
            _ => MediaTypes.ContainsValue(bare) ? bare : null,
        };
    }

    /// <exception cref="ApiException">The content is empty, not text, or broken.</exception>
    public static ExtractedText Extract(byte[] content, string mediaType, string name)
    {
        string text = Decode(content, name);
        ExtractedText extracted = mediaType switch
        {
            "text/html" => HtmlText.Read(text),
            "text/csv" => CsvText.Read(text, name),
            "application/json" => JsonText.Read(text, name),
            "application/jsonl" => JsonText.ReadLines(text, name),
            _ => new ExtractedText(text, FirstHeading(text)),
        };
        if (string.IsNullOrWhiteSpace(extracted.Text))
        {
            throw new ApiException(
                400, "empty_document", $"{name} holds no text once it is read as {mediaType}. Send a document with some text.",
                "text");
        }

        return extracted with { Title = Shortened(extracted.Title) };
    }

    private static string Decode(byte[] content, string name)
    {
        Encoding encoding = content switch
        {
            [0xFF, 0xFE, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
            [0xFE, 0xFF, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
            _ => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true),
        };
        string text;
        try
        {
            text = encoding.GetString(content);
        }
        catch (DecoderFallbackException broken)
        {
            throw new ApiException(
                400,
                "unreadable_text",
                $"{name}, byte {broken.Index}: this is not text in UTF-8 (or UTF-16 with a byte order mark). Save it as UTF-8, "
                + "or convert it to one of: " + Taken + ".",
                "file");
        }

        int zero = text.IndexOf('\0', StringComparison.Ordinal);
        if (zero >= 0)
        {
            throw new ApiException(
                400,
                "unreadable_text",
                $"{name}, character {zero}: a zero character, so this is a binary file and not text. Convert it to one of: "
                + Taken + ".",
                "file");
        }

        return text.TrimStart('\uFEFF').ReplaceLineEndings("\n");
    }

    private static string? FirstHeading(string text)
    {
        foreach (TextSection section in Outline.Of(text))
        {
            if (section.Path.Count > 0)
            {
                return section.Path[0];
            }
        }

        return null;
    }

    private static string? Shortened(string? title)
    {
        string? trimmed = title?.Trim();
        return string.IsNullOrEmpty(trimmed) ? null
            : trimmed.Length <= TitleLengthMax ? trimmed
            : trimmed[..(char.IsHighSurrogate(trimmed[TitleLengthMax - 1]) ? TitleLengthMax - 1 : TitleLengthMax)];
    }
}
