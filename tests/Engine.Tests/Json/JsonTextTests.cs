using System.Text;
using System.Text.Json;
using Ratchet.Engine.Json;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Files;

namespace Ratchet.Engine.Tests.Json;

/// <summary>Broken characters are found wherever they stand in a JSON file, before anybody asks for the text.</summary>
public sealed class JsonTextTests
{
    [Theory]
    [InlineData("""{"a": [1, {"b": "\ud800"}]}""")]
    [InlineData("""{"a": {"\udc00": 1}}""")]
    [InlineData("\"\\ud800x\"")]
    [InlineData("[\"ok\", \"\u00ff\"]")]
    public void Halves_of_pairs_and_bytes_that_are_no_text_are_found(string text)
    {
        // In Latin-1, so that 0xFF stands there as a byte of its own.
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        using var document = JsonDocument.Parse(bytes);

        JsonException problem = Assert.Throws<JsonException>(() => JsonText.RequireUnicode(document.RootElement));

        Assert.IsType<InvalidOperationException>(problem.InnerException);
        Assert.Contains("tokenizer.json holds a text that is no Unicode", Assert.Throws<VocabularyException>(() => JsonPart.Parse("tokenizer.json", bytes)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a": ["\ud83d\ude00", null, true, 1e3, {"ü": "\u0000"}]}""")]
    [InlineData("[]")]
    public void Whole_characters_pass(string text)
    {
        using var document = JsonDocument.Parse(text);

        JsonText.RequireUnicode(document.RootElement);

        Assert.False(JsonPart.Parse("tokenizer.json", Encoding.UTF8.GetBytes(text)).IsNull);
    }
}
