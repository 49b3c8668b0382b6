using System.Text.Json;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Adapters;

/// <summary>Exports of golden adapters, read again as other programs would (F56, F57, F87).</summary>
[Trait("Category", "Golden")]
public sealed unsafe class ExportGoldenTests : IDisposable
{
    // The same sums in another order: merged weights, and scales that went into B.
    private const float MergedAtol = 1e-4f;

    // golden/gguf/README.md: logits of the dequantised weights of a file.
    private const float GgufAtol = 5e-4f;

    // Half the step of the type, squared, over random weights; the logits of a tiny random model move as far as its weights.
    private const double HalfErrorMax = 1e-5;
    private const double BrainErrorMax = 1e-3;
    private const double ByteErrorMax = 5e-3;

    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-export-").FullName;

    private sealed record GgufModel(string File);

    private sealed record GgufCase(string File, string Base, string From, string Inputs, double Alpha, int Rank, double SuggestedAtol);

    public static TheoryData<string> Variants => LoraGoldenTests.Variants;

    public static TheoryData<string> GgufAdapters => [.. Golden.Read<GgufCase[]>("gguf/adapters.json").Select(c => c.File)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(GgufAdapters))]
    public void A_gguf_adapter_on_a_gguf_base_gives_the_logits_of_peft(string file)
    {
        GgufCase golden = Golden.Read<GgufCase[]>("gguf/adapters.json").Single(c => c.File == file);
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(Golden.PathOf($"gguf/{golden.Base}"));
        using var inputs = SafetensorsFile.Open(Golden.PathOf(golden.Inputs));
        using var expected = SafetensorsFile.Open(Golden.PathOf($"{Path.GetDirectoryName(golden.From)}/expected.safetensors"));
        using var adapter = LoraAdapter.LoadGguf(Golden.PathOf($"gguf/{file}"), loaded.Model);
        Assert.Equal(golden.Rank, adapter.RankMax);
        GoldenNumber.Close(
            $"gguf/{file}", LoraGoldenTests.Logits(expected, "logits", inputs), LoraGoldenTests.Run(loaded.Model, inputs, _ => adapter),
            (float)golden.SuggestedAtol, file);

        // What PEFT wrote, as a GGUF adapter: the tensors of the published converter.
        using var peft = LoraAdapter.Load(Golden.FolderOf(golden.From), loaded.Model);
        string path = Path.Combine(_folder, "adapter.gguf");
        peft.SaveGguf(path, loaded.Model);
        using var own = GgufFile.Open(path);
        using var theirs = GgufFile.Open(Golden.PathOf($"gguf/{file}"));
        Assert.Equal(theirs.Metadata.Count, own.Metadata.Count);
        Assert.Equal(golden.Alpha, own.Metadata.GetFloat("adapter.lora.alpha"), 1e-5);
        Assert.Equal(theirs.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal), own.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
        foreach (GgufTensorInfo tensor in theirs.Tensors)
        {
            using Tensor a = theirs.ReadTensor(tensor.Name);
            using Tensor b = own.ReadTensor(tensor.Name);
            Assert.Equal(a.Shape.ToArray(), b.Shape.ToArray());
            Assert.Equal(a.Floats.ToArray(), b.Floats.ToArray());
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Variants))]
    public void A_peft_adapter_comes_back_from_gguf_or_is_refused(string variant)
    {
        using DecoderModel model = Base(variant);
        using SafetensorsFile inputs = Inputs(variant);
        using var adapter = LoraAdapter.Load(Golden.FolderOf($"lora/{variant}/adapter"), model);
        string path = Path.Combine(_folder, "adapter.gguf");
        if (adapter.HasMagnitudes || adapter.Saved.Count > 0)
        {
            ModelExportException refusal = Assert.Throws<ModelExportException>(() => adapter.SaveGguf(path, model));
            Assert.Contains(adapter.HasMagnitudes ? "DoRA" : adapter.Saved[0].Name, refusal.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(_folder));
            return;
        }

        float[] attached = LoraGoldenTests.Run(model, inputs, _ => adapter);
        foreach (ElementType type in (ElementType[])[ElementType.F32, ElementType.F16])
        {
            adapter.SaveGguf(path, model, type);
            using var again = LoraAdapter.LoadGguf(path, model);
            Assert.Equal(adapter.Layers.Select(l => (l.Name, l.Rank)), again.Layers.Select(l => (l.Name, l.Rank)));
            float[] actual = LoraGoldenTests.Run(model, inputs, _ => again);
            if (type == ElementType.F32)
            {
                GoldenNumber.Close("gguf: adapters written and read", attached, actual, MergedAtol, variant);
            }

            Assert.True(Error(attached, actual) < HalfErrorMax);

            // And as a PEFT folder again.
            string folder = Path.Combine(_folder, "peft");
            again.Save(folder);
            using var third = LoraAdapter.Load(folder, model);
            Assert.Equal(actual, LoraGoldenTests.Run(model, inputs, _ => third));
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Variants))]
    public void A_merged_adapter_comes_back_from_folders_and_gguf_files(string variant)
    {
        using DecoderModel model = Base(variant);
        string name = BaseName(variant);
        using SafetensorsFile inputs = Inputs(variant);
        using var adapter = LoraAdapter.Load(Golden.FolderOf($"lora/{variant}/adapter"), model);
        float[] attached = LoraGoldenTests.Run(model, inputs, _ => adapter);
        string gguf = Path.Combine(_folder, "merged.gguf");
        using (adapter.MergeInto(model))
        {
            foreach ((ElementType type, double errorMax) in ((ElementType, double)[])[(ElementType.F32, 1e-9), (ElementType.F16, HalfErrorMax), (ElementType.BF16, BrainErrorMax)])
            {
                string folder = Path.Combine(_folder, type.ToString());
                IReadOnlyList<WrittenTensor> written = ModelWriter.WriteFolder(
                    model, folder, type, Golden.FolderOf($"models/{name}/model"), shardBytesMax: type == ElementType.F16 ? 20_000 : long.MaxValue);
                Assert.Equal(type == ElementType.F16, File.Exists(Path.Combine(folder, "model.safetensors.index.json")));
                Assert.Equal(type != ElementType.F32, written.Any(t => t.LargestDifference > 0f));
                using DecoderModel back = ModelFolder.ReadDecoder(folder);
                GoldenNumber.Near($"merged folders, {type}: squared error", 0, Error(attached, LoraGoldenTests.Run(back, inputs, _ => null)), errorMax, 0, variant);
            }

            foreach ((ElementType type, double errorMax) in ((ElementType, double)[])[(ElementType.F32, 1e-9), (ElementType.Q8_0, ByteErrorMax), (ElementType.Q4_K, 1)])
            {
                ModelWriter.WriteGguf(model, gguf, type, variant, []);
                using var file = GgufFile.Open(gguf);
                using DecoderModel back = DecoderReader.Read(file);
                float[] actual = LoraGoldenTests.Run(back, inputs, _ => null);
                GoldenNumber.Near($"merged GGUF, {type}: squared error", 0, Error(attached, actual), errorMax, 0, variant);
                GoldenNumber.Close($"merged GGUF, {type}: logits of the dequantised file", Exact(back, inputs), actual, GgufAtol, variant);
            }
        }
    }

    [Fact]
    public void A_quantised_base_is_merged_in_full_and_written_as_a_folder_with_a_config()
    {
        foreach (GgufCase golden in Golden.Read<GgufCase[]>("gguf/adapters.json"))
        {
            using var wanted = GgufFile.Open(Golden.PathOf($"gguf/{golden.Base}"));
            foreach (string path in Golden.Read<GgufModel[]>("gguf/models.json").Select(m => Golden.PathOf($"gguf/{m.File}")).Where(p => IsSameShape(p, wanted)))
            {
                using LoadedDecoder loaded = ModelLoader.LoadDecoder(path);
                using var adapter = LoraAdapter.LoadGguf(Golden.PathOf($"gguf/{golden.File}"), loaded.Model);
                using var inputs = SafetensorsFile.Open(Golden.PathOf(golden.Inputs));
                float[] attached = LoraGoldenTests.Run(loaded.Model, inputs, _ => adapter);
                string folder = Path.Combine(_folder, $"{Path.GetFileName(path)}-{Path.GetFileName(golden.File)}");
                using (adapter.MergeInto(loaded.Model))
                {
                    ModelWriter.WriteFolder(loaded.Model, folder, ElementType.F32, baseFolder: null);
                }

                using DecoderModel back = ModelFolder.ReadDecoder(folder);
                TensorAssert.Close(attached, LoraGoldenTests.Run(back, inputs, _ => null), MergedAtol, 0f, $"{path}, {golden.File}");
            }
        }

        static bool IsSameShape(string path, GgufFile wanted)
        {
            using var file = GgufFile.Open(path);
            return file.Tensors.Select(t => (t.Name, string.Join(',', t.Shape))).Order().SequenceEqual(wanted.Tensors.Select(t => (t.Name, string.Join(',', t.Shape))).Order());
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Variants))]
    public void The_parity_report_measures_attached_merged_and_export(string variant)
    {
        using DecoderModel model = Base(variant);
        using SafetensorsFile inputs = Inputs(variant);
        using var adapter = LoraAdapter.Load(Golden.FolderOf($"lora/{variant}/adapter"), model);
        int[][] rows = [.. LoraGoldenTests.Samples(inputs).Select(s => s.Ids)];
        string gguf = Path.Combine(_folder, "merged.gguf");
        using (adapter.MergeInto(model))
        {
            ModelWriter.WriteGguf(model, gguf, ElementType.F32, variant, []);
        }

        var right = ExportParity.Measure(model, adapter, rows, Reread, isMerged: true);
        Assert.Equal(rows.Sum(r => r.Length), right.TokenCount);
        Assert.InRange(right.MergedDifference!.Value, 0f, MergedAtol);
        Assert.InRange(right.ExportDifference, 0f, MergedAtol);
        Assert.Equal(1, right.SameBest);
        Assert.True(right.EffectDifference > 10 * MergedAtol);

        // The bare base in its place shows as what the adapter does.
        var wrong = ExportParity.Measure(model, adapter, rows, () => (model, null), isMerged: false);
        Assert.Equal(wrong.EffectDifference, wrong.ExportDifference);
        Assert.Null(wrong.MergedDifference);
        Assert.True(wrong.ExportError > right.ExportError);

        (DecoderModel, LoraAdapter?) Reread()
        {
            using var file = GgufFile.Open(gguf);
            return (DecoderReader.Read(file), null);
        }
    }

    [Fact]
    public void A_gguf_adapter_that_does_not_fit_is_refused_with_its_fault()
    {
        GgufCase golden = Golden.Read<GgufCase[]>("gguf/adapters.json")[0];
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(Golden.PathOf($"gguf/{golden.Base}"));
        string source = Golden.PathOf($"gguf/{golden.File}");
        using var file = GgufFile.Open(source);
        Expect(AdapterFault.InvalidFile, keys => keys["general.type"] = "model");
        Expect(AdapterFault.UnsupportedAdapter, keys => keys["adapter.type"] = "control");
        Expect(AdapterFault.UnsupportedAdapter, keys => keys["adapter.alora.invocation_tokens"] = (uint[])[1]);
        Expect(AdapterFault.ShapeMismatch, keys => keys["general.architecture"] = "qwen2");
        Expect(AdapterFault.InvalidSetting, keys => keys.Remove("adapter.lora.alpha"));
        Expect(AdapterFault.InvalidSetting, keys => keys["adapter.lora.alpha"] = float.NaN);
        Expect(AdapterFault.UnknownTensor, change: entries => entries[0] = entries[0] with { Name = "blk.99.attn_q.weight.lora_a" });
        Expect(AdapterFault.UnknownTensor, change: entries => entries[0] = entries[0] with { Name = "blk.0.attn_q.weight" });
        Expect(AdapterFault.MissingTensor, change: entries => entries.RemoveAt(0));
        Expect(AdapterFault.MissingTensor, change: entries => entries.Clear());
        Expect(AdapterFault.ShapeMismatch, change: entries => entries[0] = Resized(entries[0], 0, 3));
        Expect(AdapterFault.RankMismatch, change: entries => entries[0] = Resized(entries[0], 3, 0));
        Expect(AdapterFault.InvalidTensor, change: entries => entries[1] = entries[1] with { Make = () => Broken(file.ReadTensor(entries[1].Name)) });

        string cut = Path.Combine(_folder, "cut.gguf");
        File.WriteAllBytes(cut, File.ReadAllBytes(source)[..300]);
        Assert.Equal(AdapterFault.InvalidFile, Assert.Throws<AdapterFormatException>(() => LoraAdapter.LoadGguf(cut, loaded.Model)).Fault);

        void Expect(AdapterFault fault, Action<Dictionary<string, object>>? keys = null, Action<List<GgufTensorEntry>>? change = null)
        {
            var metadata = file.Metadata.ToDictionary(e => e.Key, e => e.Value);
            keys?.Invoke(metadata);
            List<GgufTensorEntry> entries = [.. file.Tensors.Select(t => new GgufTensorEntry(t.Name, t.Type, t.Shape, () => file.ReadTensor(t.Name)))];
            change?.Invoke(entries);
            string path = Path.Combine(_folder, "broken.gguf");
            GgufWriter.Write(path, [.. metadata], entries);
            AdapterFormatException refusal = Assert.Throws<AdapterFormatException>(() => LoraAdapter.LoadGguf(path, loaded.Model));
            Assert.Equal(fault, refusal.Fault);
            Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        }

        static GgufTensorEntry Resized(GgufTensorEntry entry, int rows, int columns)
        {
            int[] shape = [entry.Shape[0] + rows, entry.Shape[1] + columns];
            return entry with { Shape = shape, Make = () => new Tensor(ElementType.F32, shape) };
        }

        static Tensor Broken(Tensor tensor)
        {
            tensor.Floats[1] = float.PositiveInfinity;
            return tensor;
        }
    }

    // The same model with every matrix dequantised.
    private static float[] Exact(DecoderModel model, SafetensorsFile inputs)
    {
        var undo = new List<(LinearLayer Layer, WeightMatrix Own)>();
        foreach (LinearLayer linear in model.Linears)
        {
            undo.Add((linear, linear.Exchange(linear.Weight.ToSingle())));
        }

        float[] logits = LoraGoldenTests.Run(model, inputs, _ => null);
        undo.ForEach(u => u.Layer.Exchange(u.Own).Dispose());
        return logits;
    }

    private static double Error(float[] expected, float[] actual)
        => expected.Zip(actual, (a, b) => ((double)a - b) * ((double)a - b)).Sum() / expected.Sum(a => (double)a * a);

    private static string BaseName(string variant) => Golden.Read<JsonElement>($"lora/{variant}/expected.json").GetProperty("base").GetString()!;

    private static DecoderModel Base(string variant) => LoraGoldenTests.Base(BaseName(variant));

    private static SafetensorsFile Inputs(string variant) => LoraGoldenTests.Inputs(BaseName(variant));
}
