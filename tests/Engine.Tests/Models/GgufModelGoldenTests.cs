using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Kernels;
using Ratchet.Engine.Tokenization;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Models;

/// <summary>GGUF files made by gguf-py against transformers on the same dequantised weights, and what we write against both (F57).</summary>
[Trait("Category", "Golden")]
[Collection(KernelSettings.Name)]
public sealed class GgufModelGoldenTests
{
    private const string Encoder = "bert";

    private sealed record Entry(string File, string Architecture, double SuggestedAtol);

    public static TheoryData<string> Decoders => Files(isEncoder: false);

    public static TheoryData<string> Encoders => Files(isEncoder: true);

    public static TheoryData<string> Families => GoldenModel.Decoders;

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Decoders))]
    public void Logits_match_on_every_vector_width(string file)
    {
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(Golden.PathOf($"gguf/{file}"));
        using SafetensorsFile expected = Expected(file);
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
        {
            KernelSettings.With(width, 2, () => ExpectLogits(expected, loaded.Model, file, width));
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Encoders))]
    public void Embeddings_match(string file)
    {
        using LoadedEncoder loaded = ModelLoader.LoadEncoder(Golden.PathOf($"gguf/{file}"));
        using SafetensorsFile expected = Expected(file);
        float[] embeddings = expected.ReadFloats("embeddings");
        int size = loaded.Model.Config.HiddenSize;
        using var runner = new EncoderRunner(loaded.Model, Precision.Float32, 256);
        int[][] rows = Rows(expected);
        for (int row = 0; row < rows.Length; row++)
        {
            float[] actual = new float[size];
            runner.Embed([rows[row]], actual);
            GoldenNumber.Close($"gguf/{file}", embeddings.AsSpan(row * size, size), actual, Atol(file), $"{file}, row {row}");
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Families))]
    public void A_family_written_as_gguf_gives_the_logits_of_its_folder(string family)
    {
        using var golden = new GoldenModel(family);
        string path = Path.Combine(Directory.CreateTempSubdirectory("ratchet-gguf-").FullName, $"{family}.gguf");
        try
        {
            if (golden.Model.Config.Rotary is { FrequencyFactors.Count: > 0 } && golden.Model.Config.Architecture != "llama")
            {
                Assert.Throws<ModelExportException>(() => ModelWriter.WriteGguf(golden.Model, path, ElementType.F32, family, []));
                return;
            }

            ModelWriter.WriteGguf(golden.Model, path, ElementType.F32, family, []);
            using var file = GgufFile.Open(path);
            using DecoderModel back = DecoderReader.Read(file);
            Assert.Equal(golden.Model.Config.Windows, back.Config.Windows);
            Assert.Equal(golden.Model.ParameterCount, back.ParameterCount);
            for (int row = 0; row < golden.Facts.Lengths.Length; row++)
            {
                GoldenNumber.Close("gguf: families written and read", golden.Logits(row), Logits(back, golden.Row(row)), golden.Atol("logits"), $"{family}, row {row}");
            }
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Decoders))]
    public void What_is_read_and_written_again_has_the_same_tensors(string file)
    {
        string source = Golden.PathOf($"gguf/{file}");
        string path = Path.GetTempFileName();
        try
        {
            using LoadedDecoder loaded = ModelLoader.LoadDecoder(source);
            using var before = GgufFile.Open(source);
            IReadOnlyList<WrittenTensor> written = ModelWriter.WriteGguf(
                loaded.Model, path, ElementType.F32, before.Metadata.GetString("general.name"), ModelWriter.TokenizerKeys(source, 0));
            Assert.All(written, tensor => Assert.Equal(0f, tensor.LargestDifference));
            using var after = GgufFile.Open(path);
            Assert.Equal(before.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal), after.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
            foreach (GgufTensorInfo info in before.Tensors)
            {
                using Tensor own = after.ReadTensor(info.Name);
                using Tensor theirs = before.ReadTensor(info.Name);
                float[] numbers = new float[theirs.Count];
                BlockCodec.Dequantize(theirs.Type, theirs.Bytes, numbers);
                Assert.Equal(numbers, own.Floats.ToArray());
                Assert.Equal(info.Shape, own.Shape.ToArray());
            }

            string[] ours = [.. after.Metadata.Select(entry => entry.Key)];
            string[] missing = [.. before.Metadata.Select(entry => entry.Key).Except(ours).Where(key => key != "general.quantization_version")];
            Assert.Empty(missing);
            foreach ((string key, object value) in before.Metadata.Where(entry => entry.Key is not ("general.file_type" or "general.quantization_version")))
            {
                Assert.Equal(value, after.Metadata.First(entry => entry.Key == key).Value);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Texts_have_their_ids()
    {
        foreach ((string file, System.Text.Json.JsonElement[] texts) in Golden.Read<Dictionary<string, System.Text.Json.JsonElement[]>>("gguf/tokenization.json"))
        {
            using var opened = GgufFile.Open(Golden.PathOf($"gguf/{file}"));
            bool isEncoder = opened.Metadata.GetString("general.architecture") == Encoder;
            string path = Golden.PathOf($"gguf/{file}");
            using IDisposable loaded = isEncoder ? ModelLoader.LoadEncoder(path) : ModelLoader.LoadDecoder(path);
            ITokenizer tokenizer = loaded is LoadedEncoder encoder ? encoder.Tokenizer : ((LoadedDecoder)loaded).Tokenizer;
            foreach (System.Text.Json.JsonElement text in texts)
            {
                int[] ids = [.. text.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
                Assert.Equal(ids, tokenizer.Encode(text.GetProperty("text").GetString()!, addSpecial: isEncoder));
            }
        }
    }

    [Fact]
    public void Faults_that_only_a_model_has_are_named_by_the_loader()
    {
        System.Text.Json.JsonElement[] cases = Golden.Read<System.Text.Json.JsonElement[]>("gguf/malformed/gguf/cases.json");
        foreach (System.Text.Json.JsonElement golden in cases.Where(c => c.TryGetProperty("level", out _)))
        {
            string path = Golden.PathOf($"gguf/malformed/gguf/{golden.GetProperty("file").GetString()}");
            GgufFormatException refusal = Assert.Throws<GgufFormatException>(() => ModelLoader.LoadDecoder(path));
            Assert.Equal(golden.GetProperty("error").GetString(), refusal.Fault.ToString());
            Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        }
    }

    internal static float[] Logits(DecoderModel model, int[] ids)
    {
        using var runner = new DecoderRunner(model, Precision.Float32, 256);
        using ISequenceCache cache = runner.CreateCache(ids.Length);
        runner.Forward([new SequencePiece(cache, ids, null, LogitRows.All)]);
        return [.. Enumerable.Range(0, ids.Length).SelectMany(row => runner.Logits(row).ToArray())];
    }

    private static void ExpectLogits(SafetensorsFile expected, DecoderModel model, string file, VectorWidth vectors)
    {
        float[] logits = expected.ReadFloats("logits");
        expected.TryFindTensor("logits", out SafetensorsTensorInfo? info);
        int width = info!.Shape[1] * info.Shape[2];
        int[][] rows = Rows(expected);
        for (int row = 0; row < rows.Length; row++)
        {
            GoldenNumber.Close(
                $"gguf/{file}", logits.AsSpan(row * width, rows[row].Length * info.Shape[2]), Logits(model, rows[row]), Atol(file), $"{file}, {vectors}, row {row}");
        }
    }

    // Rows without their padding.
    private static int[][] Rows(SafetensorsFile expected)
    {
        expected.TryFindTensor("input_ids", out SafetensorsTensorInfo? info);
        int width = info!.Shape[1];
        int[] ids = [.. expected.ReadInts("input_ids").Select(id => (int)id)];
        int[] mask = [.. expected.ReadInts("attention_mask").Select(m => (int)m)];
        return [.. Enumerable.Range(0, info.Shape[0]).Select(row => ids[(row * width)..((row * width) + mask[(row * width)..((row + 1) * width)].Sum())])];
    }

    private static SafetensorsFile Expected(string file)
        => SafetensorsFile.Open(Golden.PathOf($"gguf/{Path.ChangeExtension(file, "expected.safetensors")}"));

    private static float Atol(string file) => (float)Golden.Read<Entry[]>("gguf/models.json").Single(entry => entry.File == file).SuggestedAtol;

    private static TheoryData<string> Files(bool isEncoder)
        => [.. Golden.Read<Entry[]>("gguf/models.json").Where(entry => entry.Architecture == Encoder == isEncoder).Select(entry => entry.File)];
}
