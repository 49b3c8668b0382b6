using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Models;

/// <summary>A Hugging Face folder is as whole a model as a GGUF file is: weights, tokenizer, template, digest.</summary>
public sealed class LoadedFolderTests
{
    private const string Template =
        "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";

    [Fact]
    public void A_decoder_comes_with_tokenizer_template_and_stop_tokens()
    {
        string folder = Decoder();
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), Template);

        using LoadedDecoder loaded = ModelLoader.LoadDecoder(folder);
        var description = ModelDescription.Of(folder);

        Assert.Equal(Path.GetFileName(folder), loaded.Name);
        Assert.Equal((loaded.Name, loaded.Sha256), (description.Name, description.Sha256));
        Assert.Equal(loaded.Model.Config.ContextLength, description.ContextLength);
        Assert.Equal(loaded.Model.ParameterCount, description.ParameterCount);
        Assert.Equal("F32", description.WeightType);
        Assert.Equal("the model", loaded.Tokenizer.Decode(loaded.Tokenizer.Encode("the model")));
        Assert.Equal((1, 2), (loaded.Tokenizer.BeginToken, loaded.Tokenizer.EndToken));
        Assert.NotNull(loaded.Chat);
        Assert.Contains(2, loaded.Chat.StopTokens);
        int[] prompt = loaded.Chat.EncodePrompt([new ChatMessage("user", "hi</s>")]);
        Assert.Equal("<s>user: hi</s></s>assistant: ", loaded.Tokenizer.Decode(prompt));
        Assert.Equal(1, prompt.Count(id => id == 2));
        Assert.InRange(Answer(loaded, prompt), 0, loaded.Model.Config.VocabularySize - 1);
    }

    [Fact]
    public void The_template_may_stand_in_the_settings_and_another_file_makes_another_digest()
    {
        string folder = Decoder();
        string digest = ModelDescription.Of(folder).Sha256;
        using (LoadedDecoder without = ModelLoader.LoadDecoder(folder))
        {
            Assert.Null(without.Chat);
        }

        File.WriteAllText(
            Path.Combine(folder, "tokenizer_config.json"),
            """{"chat_template": [{"name": "tool_use", "template": "x"}, {"name": "default", "template": "TEMPLATE"}], "bos_token": {"content": "<s>"}}"""
                .Replace("TEMPLATE", Template, StringComparison.Ordinal));
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(folder);

        Assert.Equal("<s>user: a</s>assistant: ", loaded.Tokenizer.Decode(loaded.Chat!.EncodePrompt([new ChatMessage("user", "a")])));
        Assert.NotEqual(digest, loaded.Sha256);
    }

    [Fact]
    public void An_encoder_embeds_texts_and_keeps_to_its_makers_length()
    {
        string folder = Copy(Golden.FolderOf("models/bert/model"));
        File.Copy(Golden.PathOf("gguf/models/bert-tokenizer/tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
        File.WriteAllText(Path.Combine(folder, "sentence_bert_config.json"), """{"max_seq_length": 6}""");

        using LoadedEncoder loaded = ModelLoader.LoadEncoder(folder);
        float[][] embeddings = loaded.Embed(["the gate reads", "the gate reads and more that nobody sees"]);

        Assert.Equal(1.0, Math.Sqrt(embeddings[0].Sum(v => (double)v * v)), 1e-5);
        Assert.Equal(6, loaded.Tokenizer.EncodeAtMost("the gate reads and more", 6).Length);
        Assert.Equal(loaded.Embed(["the gate reads and more that nobody hears"])[0], embeddings[1]);
    }

    [Fact]
    public void What_is_missing_or_does_not_fit_is_named()
    {
        string folder = Copy(Golden.FolderOf("models/llama/model"));
        var missing = Assert.Throws<VocabularyException>(() => ModelLoader.LoadDecoder(folder));
        Assert.Contains("tokenizer.json", missing.Message, StringComparison.Ordinal);

        File.WriteAllText(
            Path.Combine(folder, "tokenizer.json"),
            """{"model": {"type": "WordLevel", "unk_token": "w0", "vocab": {WORDS}}}"""
                .Replace("WORDS", string.Join(',', Enumerable.Range(0, 400).Select(i => $"\"w{i}\": {i}")), StringComparison.Ordinal));
        var larger = Assert.Throws<ModelFormatException>(() => ModelLoader.LoadDecoder(folder));
        Assert.Contains("400", larger.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_is_found_by_name_and_by_path()
    {
        string folder = Decoder();

        Assert.Equal(folder, ModelStore.Resolve(Bundled.ModelsFolder, folder));
        Assert.Equal(folder, ModelStore.Resolve(Path.GetDirectoryName(folder)!, Path.GetFileName(folder)));
        Assert.Throws<FileNotFoundException>(() => ModelStore.Resolve(Bundled.ModelsFolder, Path.GetDirectoryName(folder)!));
    }

    private static string Decoder()
    {
        string folder = Copy(Golden.FolderOf("models/llama/model"));
        File.Copy(Golden.PathOf("gguf/models/llama-tokenizer/tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
        return folder;
    }

    private static string Copy(string source)
    {
        string target = Directory.CreateTempSubdirectory("ratchet-folder-").FullName;
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return target;
    }

    private static int Answer(LoadedDecoder loaded, int[] prompt)
    {
        using var runner = new DecoderRunner(loaded.Model, Precision.Float32, 256);
        using ISequenceCache cache = runner.CreateCache(prompt.Length);
        runner.Forward([new SequencePiece(cache, prompt, null, LogitRows.Last)]);
        ReadOnlySpan<float> logits = runner.Logits(0);
        return System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits);
    }
}
