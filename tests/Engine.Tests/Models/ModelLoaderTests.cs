using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Tests.Models;

public sealed class ModelLoaderTests
{
    [Fact]
    public void The_bundled_decoder_comes_with_tokenizer_and_template()
    {
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(ModelStore.Resolve(Bundled.ModelsFolder, "smollm2-135m-instruct"));
        Assert.Equal("smollm2-135m-instruct", loaded.Name);
        Assert.Equal("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", loaded.Sha256);
        Assert.Equal(134_515_008, loaded.Model.ParameterCount);
        Assert.Equal(210, loaded.Model.Linears.Count);
        Assert.NotNull(loaded.Chat);
        Assert.Contains(2, loaded.Chat.StopTokens);
        Assert.Equal([1, 9690], loaded.Chat.EncodePrompt([new ChatMessage("user", "Hello")])[..2]);

        // No float copy of the model: four bits and their scales.
        Assert.InRange(loaded.Model.ByteLength, 90_000_000, 120_000_000);
    }

    [Fact]
    public void The_bundled_encoder_embeds_texts_in_any_company()
    {
        using LoadedEncoder loaded = ModelLoader.LoadEncoder(ModelStore.Resolve(Bundled.ModelsFolder, "all-minilm-l6-v2"));
        Assert.Equal(384, loaded.Dimensions);
        float[] alone = loaded.Embed(["How do I reset my password?"])[0];
        float[][] together = loaded.Embed(["", "How do I reset my password?", string.Concat(Enumerable.Repeat("a long text ", 800))]);
        Assert.Equal(alone, together[1]);
        Assert.Equal(1.0, Math.Sqrt(together[2].Sum(v => (double)v * v)), 1e-5);
        Assert.Empty(loaded.Embed([]));
    }

    [Fact]
    public void A_model_of_another_kind_or_name_is_refused_with_what_would_do()
    {
        var kind = Assert.Throws<ModelFormatException>(() => ModelLoader.LoadDecoder(Bundled.EncoderPath));
        Assert.Contains("'bert'", kind.Message, StringComparison.Ordinal);
        Assert.Contains("'llama'", kind.Message, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => ModelLoader.LoadEncoder(Bundled.DecoderPath));
        var name = Assert.Throws<FileNotFoundException>(() => ModelStore.Resolve(Bundled.ModelsFolder, "no-such-model"));
        Assert.Contains("smollm2-135m-instruct", name.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundled_file_that_was_changed_is_refused()
    {
        string folder = Directory.CreateTempSubdirectory("ratchet-models-").FullName;
        File.WriteAllText(
            Path.Combine(folder, "models.json"),
            """{"models":[{"name":"x","file":"x.gguf","kind":"decoder","bytes":3,"sha256":"00"}]}""");
        Assert.Throws<FileNotFoundException>(() => ModelStore.Resolve(folder, "x"));
        File.WriteAllText(Path.Combine(folder, "x.gguf"), "four");
        Assert.Throws<ModelFormatException>(() => ModelStore.Resolve(folder, "x"));
        File.WriteAllText(Path.Combine(folder, "x.gguf"), "abc");
        Assert.Throws<ModelFormatException>(() => ModelStore.Resolve(folder, "x"));
        Directory.Delete(folder, recursive: true);
    }
}
