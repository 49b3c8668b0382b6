using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Models;

/// <summary>A folder as a whole GGUF file and a GGUF file as a whole folder: weights and tokenizer, each loaded as any model is (F57, F87).</summary>
public sealed class FolderExportTests
{
    private const string Text = "The gate reads 20 numbers, doesn't it?";

    [Fact]
    public void A_folder_becomes_a_GGUF_file_with_its_tokenizer_and_that_a_folder_again()
    {
        string folder = TinyFolder.Make("""{"bos_token_id": 1, "eos_token_id": [2]}""");
        string work = Directory.CreateTempSubdirectory("ratchet-export-").FullName;
        string file = Path.Combine(work, "model.gguf");
        using LoadedDecoder own = ModelLoader.LoadDecoder(folder);
        int rows = own.Model.Config.VocabularySize;

        ModelWriter.WriteGguf(own.Model, file, ElementType.F32, "tiny", ModelWriter.TokenizerKeys(folder, rows));
        using LoadedDecoder gguf = ModelLoader.LoadDecoder(file);
        Assert.Equal(rows, gguf.Tokenizer.VocabularySize);
        Same(own, gguf);

        string again = Path.Combine(work, "folder");
        ModelWriter.WriteFolder(gguf.Model, again, ElementType.F32, baseFolder: null);
        ModelWriter.WriteTokenizer(file, again, gguf.Model.Config);
        using LoadedDecoder third = ModelLoader.LoadDecoder(again);
        Same(own, third);
        Assert.Equal([own.Tokenizer.EndToken!.Value], third.Generation.EndTokens);
        Directory.Delete(work, recursive: true);
    }

    /// <summary>What llama.cpp's quantiser stores where 256 does not divide a row; the bundled model's rows have 576 and 1,536 columns.</summary>
    [Theory]
    [InlineData(ElementType.Q4_K, 576, ElementType.Q5_0)]
    [InlineData(ElementType.Q6_K, 576, ElementType.Q8_0)]
    [InlineData(ElementType.Q4_K, 1536, ElementType.Q4_K)]
    [InlineData(ElementType.Q6_K, 1536, ElementType.Q6_K)]
    [InlineData(ElementType.Q4_K, 100, ElementType.F16)]
    [InlineData(ElementType.Q4_0, 100, ElementType.F16)]
    [InlineData(ElementType.Q8_0, 576, ElementType.Q8_0)]
    [InlineData(ElementType.BF16, 100, ElementType.BF16)]
    public void Rows_that_blocks_do_not_divide_are_stored_as_llama_cpp_does(ElementType type, int columns, ElementType stored) =>
        Assert.Equal(stored, StoredRows.Fitting(type, columns));

    [Theory]
    [InlineData(ElementType.Q4_K, ElementType.Q5_0)]
    [InlineData(ElementType.Q6_K, ElementType.Q8_0)]
    public void The_bundled_model_is_written_in_K_blocks_and_read_again(ElementType type, ElementType otherwise)
    {
        string source = Path.Combine(SourceTree.Root, "models", "smollm2-135m-instruct.q4_1.gguf");
        string file = Path.GetTempFileName();
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(source);

        IReadOnlyList<WrittenTensor> written = ModelWriter.WriteGguf(loaded.Model, file, type, "smollm2", ModelWriter.TokenizerKeys(source, 0));

        Assert.All(written.Where(tensor => tensor.Type != ElementType.F32), tensor => Assert.Equal(
            tensor.Name.Contains("ffn_down", StringComparison.Ordinal) ? type : otherwise, tensor.Type));
        using (var gguf = GgufFile.Open(file))
        {
            Assert.Equal(written.Count, gguf.Tensors.Count);
        }

        using LoadedDecoder again = ModelLoader.LoadDecoder(file);
        Assert.Equal(loaded.Tokenizer.Encode(Text), again.Tokenizer.Encode(Text));
        File.Delete(file);
    }

    private static void Same(LoadedDecoder expected, LoadedDecoder actual)
    {
        Assert.Equal(expected.Tokenizer.Encode(Text, addSpecial: true), actual.Tokenizer.Encode(Text, addSpecial: true));
        Assert.Equal(
            expected.Chat!.EncodePrompt([new("user", Text)]), actual.Chat!.EncodePrompt([new("user", Text)]));
        Assert.Equal(expected.Tokenizer.EndToken, actual.Tokenizer.EndToken);
    }
}
