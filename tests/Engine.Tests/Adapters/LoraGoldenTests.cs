using System.Text.Json;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tests.Models;
using Ratchet.Engine.Training;
using Ratchet.Engine.Training.Data;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Adapters;

/// <summary>Adapters of every variant against PEFT: attached, trained, merged, and one for each row (F60 to F66).</summary>
[Trait("Category", "Golden")]
public sealed unsafe class LoraGoldenTests
{
    private const string Folder = "lora";

    // golden/lora/README.md
    private const float MergedAtol = 1e-4f;

    private sealed record Facts(string Base, double Loss, Dictionary<string, double> Scaling, int TrainableParameters, Dictionary<string, JsonElement> Tolerance);

    private sealed record Mixed(string Base, string[][] AdapterNames, Dictionary<string, JsonElement> Tolerance);

    public static TheoryData<string> Variants =>
        [.. Golden.FoldersIn("lora").Where(f => Golden.Exists($"lora/{f}/expected.json") && Read(f).TryGetProperty("targets", out _) && HasLogits(f))];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Variants))]
    public void An_attached_adapter_gives_the_logits_and_gradients_of_peft(string variant)
    {
        Facts facts = Golden.Read<Facts>($"lora/{variant}/expected.json");
        using DecoderModel model = Base(facts.Base);
        using SafetensorsFile inputs = Inputs(facts.Base);
        using var expected = SafetensorsFile.Open(Golden.PathOf($"lora/{variant}/expected.safetensors"));
        using var adapter = LoraAdapter.Load(Golden.FolderOf($"lora/{variant}/adapter"), model);
        Assert.Equal(facts.TrainableParameters, adapter.ParameterCount);
        foreach (LoraLayer layer in adapter.Layers)
        {
            Assert.Equal(facts.Scaling[layer.Name], layer.Scale, 1e-6);
        }

        GoldenNumber.Close(Folder, Logits(expected, "logits", inputs), Run(model, inputs, _ => adapter), Atol(facts.Tolerance, "logits"), variant);

        TrainingSample[] samples = Samples(inputs);
        var row = PackedRow.LayOut(samples);
        using var pass = new TrainingPass(model, adapter, null, row.TokenCount, 1L << 30);
        double loss = pass.ForwardBackward(row, 1f / row.TargetCount, 0) / row.TargetCount;
        Assert.Equal(facts.Loss, loss, 1e-4);
        var known = new HashSet<string>();
        foreach (PeftFolder.Part part in PeftFolder.Parts(adapter))
        {
            string key = $"grad.base_model.model.{part.Name}";
            known.Add(key);
            float[] gradient = new ReadOnlySpan<float>(pass.Gradients + part.Offset, Math.Max(1, part.Rows) * part.Columns).ToArray();
            GoldenNumber.Close(
                Folder, expected.ReadFloats(key), part.IsTransposed ? Transposed(gradient, part.Columns, part.Rows) : gradient,
                Atol(facts.Tolerance, "gradients"), $"{variant}: {part.Name}");
        }

        Assert.DoesNotContain(expected.Tensors, t => t.Name.StartsWith("grad.", StringComparison.Ordinal) && !known.Contains(t.Name));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Variants))]
    public void A_merged_adapter_gives_the_weights_and_logits_of_peft(string variant)
    {
        Facts facts = Golden.Read<Facts>($"lora/{variant}/expected.json");
        using DecoderModel model = Base(facts.Base);
        using SafetensorsFile inputs = Inputs(facts.Base);
        using var expected = SafetensorsFile.Open(Golden.PathOf($"lora/{variant}/expected.safetensors"));
        using var adapter = LoraAdapter.Load(Golden.FolderOf($"lora/{variant}/adapter"), model);
        float[] before = Run(model, inputs, _ => null);
        using (MergedAdapter merged = adapter.MergeInto(model))
        {
            float[] actual = Run(model, inputs, _ => null);
            GoldenNumber.Close(Folder, Logits(expected, "merged_logits", inputs), actual, Atol(facts.Tolerance, "logits"), variant);
            GoldenNumber.Close(Folder, Logits(expected, "logits", inputs), actual, MergedAtol, variant);
            foreach (SafetensorsTensorInfo tensor in expected.Tensors.Where(t => t.Name.StartsWith("merged.", StringComparison.Ordinal)))
            {
                string module = tensor.Name["merged.".Length..^".weight".Length];
                LinearLayer? linear = model.Linears.FirstOrDefault(l => l.Name == module);
                float[] weight = Numbers(linear?.Weight ?? (module == model.PartNames.Head ? model.Head : model.TokenEmbedding));
                GoldenNumber.Close(
                    Folder, expected.ReadFloats(tensor.Name),
                    linear is { IsStoredTransposed: true } ? Transposed(weight, linear.Outputs, linear.Inputs) : weight,
                    Atol(facts.Tolerance, "merged_weights"), tensor.Name);
            }
        }

        Assert.Equal(before, Run(model, inputs, _ => null));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Variants))]
    public void A_saved_adapter_reads_back_bit_for_bit(string variant)
    {
        using DecoderModel model = Base(Golden.Read<Facts>($"lora/{variant}/expected.json").Base);
        using var adapter = LoraAdapter.Load(Golden.FolderOf($"lora/{variant}/adapter"), model);
        string folder = Directory.CreateTempSubdirectory("ratchet-lora-").FullName;
        adapter.Save(folder);
        using var again = LoraAdapter.Load(folder, model);
        Directory.Delete(folder, recursive: true);
        Assert.Equal(adapter.Layers, again.Layers);
        Assert.Equal(
            new ReadOnlySpan<float>(adapter.Parameters, adapter.ParameterCount).ToArray(),
            new ReadOnlySpan<float>(again.Parameters, again.ParameterCount).ToArray());
    }

    // Its numbers are the product of the factors and what is left of each weight.
    private static bool IsPrincipal(string variant) =>
        Read(variant).TryGetProperty("tolerance", out JsonElement tolerance) && tolerance.TryGetProperty("product", out _);

    public static TheoryData<string> Principal =>
        [.. Golden.FoldersIn("lora").Where(f => Golden.Exists($"lora/{f}/expected.json") && !HasLogits(f) && IsPrincipal(f))];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Principal))]
    public void The_principal_part_and_the_rest_are_those_of_peft(string variant)
    {
        JsonElement facts = Read(variant);
        using DecoderModel model = Base(facts.GetProperty("base").GetString()!);
        JsonElement file = Golden.Read<JsonElement>($"lora/{variant}/adapter/{AdapterConfigFile.FileName}");
        using var expected = SafetensorsFile.Open(Golden.PathOf($"lora/{variant}/expected.safetensors"));
        float atol = (float)facts.GetProperty("tolerance").GetProperty("product").GetProperty("suggested_atol").GetDouble();
        var config = new LoraConfig
        {
            Rank = file.GetProperty("r").GetInt32(),
            Alpha = (float)file.GetProperty("lora_alpha").GetDouble(),
            RankStabilized = file.GetProperty("use_rslora").GetBoolean(),
            TargetModules = [.. file.GetProperty("target_modules").EnumerateArray().Select(m => m.GetString()!)],
        };
        float[][] before = [.. model.Linears.Select(l => Numbers(l.Weight))];
        using (var principal = PrincipalAdapter.Take(model, config, seed: 1))
        {
            using LoraAdapter adapter = principal.Adapter;
            foreach (LoraLayer layer in adapter.Layers)
            {
                float[] rest = Numbers(model.Linears[layer.LinearIndex].Weight);
                GoldenNumber.Close(Folder, expected.ReadFloats($"residual.{layer.Name}.weight"), rest, atol, layer.Name);
                float[] product = [.. before[layer.LinearIndex].Zip(rest, (whole, part) => whole - part)];
                GoldenNumber.Close(Folder, expected.ReadFloats($"product.{layer.Name}.weight"), product, atol, layer.Name);
                var values = SingularValues.Of<float>(before[layer.LinearIndex], layer.Outputs, layer.Inputs);
                GoldenNumber.Close(
                    Folder, expected.ReadFloats($"singular.{layer.Name}"), [.. values.Values.Select(v => (float)v)], atol, layer.Name);
            }

            CheckConversion(adapter, model, before);
        }

        Assert.Equal(before, model.Linears.Select(l => Numbers(l.Weight)));
    }

    [Fact]
    public void Each_row_of_a_batch_runs_under_its_own_adapter()
    {
        Mixed facts = Golden.Read<Mixed>("lora/two-adapters/expected.json");
        using DecoderModel model = Base(facts.Base);
        using SafetensorsFile inputs = Inputs(facts.Base);
        using var expected = SafetensorsFile.Open(Golden.PathOf("lora/two-adapters/expected.safetensors"));
        var adapters = Golden.FoldersIn("lora/two-adapters").ToDictionary(
            name => name, name => LoraAdapter.Load(Golden.FolderOf($"lora/two-adapters/{name}"), model));
        for (int i = 0; i < facts.AdapterNames.Length; i++)
        {
            float[] actual = Run(model, inputs, row => adapters.GetValueOrDefault(facts.AdapterNames[i][row]));
            GoldenNumber.Close(Folder, Logits(expected, $"logits.{i}", inputs), actual, Atol(facts.Tolerance, "logits"), $"mixture {i}");
        }

        foreach (LoraAdapter adapter in adapters.Values)
        {
            adapter.Dispose();
        }
    }

    [Fact]
    public void Rows_beside_an_adapter_with_magnitudes_keep_their_bits()
    {
        string? variant = Variants.Select(row => row.Data).FirstOrDefault(
            f => Golden.Read<JsonElement>($"lora/{f}/adapter/{AdapterConfigFile.FileName}").TryGetProperty("use_dora", out JsonElement uses) && uses.GetBoolean());
        if (variant is null)
        {
            Assert.Skip($"No adapter in {Golden.Folder}/lora has magnitudes.");
        }

        Facts facts = Golden.Read<Facts>($"lora/{variant}/expected.json");
        using DecoderModel model = Base(facts.Base);
        using SafetensorsFile inputs = Inputs(facts.Base);
        using var adapter = LoraAdapter.Load(Golden.FolderOf($"lora/{variant}/adapter"), model);
        int vocabulary = model.Config.VocabularySize;
        int[] lengths = [.. Samples(inputs).Select(r => r.Ids.Length)];
        float[] mixed = Run(model, inputs, row => row == 1 ? adapter : null);
        float[] all = Run(model, inputs, _ => adapter);
        float[] none = Run(model, inputs, _ => null);
        int first = lengths[0] * vocabulary;
        int second = first + (lengths[1] * vocabulary);
        Assert.Equal(none[..first], mixed[..first]);
        Assert.Equal(all[first..second], mixed[first..second]);
        Assert.Equal(none[second..], mixed[second..]);
    }

    // A moved principal part on the rest, and its plain twin on the whole weights, are the same model.
    private static void CheckConversion(LoraAdapter principal, DecoderModel model, float[][] whole)
    {
        string folder = Directory.CreateTempSubdirectory("ratchet-pissa-").FullName;
        principal.Save(folder);
        using var trained = LoraAdapter.Load(folder, model);
        Directory.Delete(folder, recursive: true);
        var random = new Random(4);
        foreach (ref float value in new Span<float>(trained.Parameters, trained.ParameterCount))
        {
            value += (random.NextSingle() - 0.5f) * 0.1f;
        }

        using LoraAdapter plain = PrincipalAdapter.ToPlain(trained, principal, model);
        foreach (LoraLayer layer in trained.Layers)
        {
            float[] rest = Numbers(model.Linears[layer.LinearIndex].Weight);
            float[] onRest = Product(trained, layer);
            float[] onWhole = Product(plain, plain.Layers.Single(l => l.Name == layer.Name));
            TensorAssert.Close(
                [.. rest.Zip(onRest, (w, d) => w + d)], [.. whole[layer.LinearIndex].Zip(onWhole, (w, d) => w + d)], 1e-5f, 1e-5f, layer.Name);
        }
    }

    private static float[] Product(LoraAdapter adapter, LoraLayer layer)
    {
        float[] product = new float[layer.Outputs * layer.Inputs];
        for (int i = 0; i < product.Length; i++)
        {
            for (int r = 0; r < layer.Rank; r++)
            {
                product[i] += layer.Scale * adapter.Parameters[layer.OffsetOfB + (r * layer.Outputs) + (i / layer.Inputs)]
                    * adapter.Parameters[layer.Offset + (r * layer.Inputs) + (i % layer.Inputs)];
            }
        }

        return product;
    }

    internal static DecoderModel Base(string name) => ModelFolder.ReadDecoder(Golden.FolderOf($"models/{name}/model"));

    internal static SafetensorsFile Inputs(string name) => SafetensorsFile.Open(Golden.PathOf($"lora/{name}.inputs.safetensors"));

    internal static float Atol(Dictionary<string, JsonElement> tolerance, string what)
        => (float)tolerance[what].GetProperty("suggested_atol").GetDouble();

    // Logits of all rows in one pass, padding left out.
    internal static float[] Run(DecoderModel model, SafetensorsFile inputs, Func<int, LoraAdapter?> adapterOf)
    {
        using var runner = new DecoderRunner(model, Precision.Float32, 128);
        TrainingSample[] rows = Samples(inputs);
        ISequenceCache[] caches = [.. rows.Select(r => runner.CreateCache(r.Ids.Length))];
        runner.Forward([.. rows.Select((r, i) => new SequencePiece(caches[i], r.Ids, adapterOf(i), LogitRows.All))]);
        foreach (ISequenceCache cache in caches)
        {
            cache.Dispose();
        }

        // The runner's rows come in the order of the pieces.
        return FamilyGoldenTests.Rows(runner, 0, rows.Sum(r => r.Ids.Length));
    }

    internal static TrainingSample[] Samples(SafetensorsFile inputs)
    {
        inputs.TryFindTensor("input_ids", out SafetensorsTensorInfo? info);
        int width = info!.Shape[1];
        int[] ids = FamilyGoldenTests.Ints(inputs, "input_ids");
        int[] mask = FamilyGoldenTests.Ints(inputs, "attention_mask");
        int[] labels = FamilyGoldenTests.Ints(inputs, "labels");
        return
        [
            .. Enumerable.Range(0, info.Shape[0]).Select(row =>
            {
                int length = mask.AsSpan(row * width, width).Count(1);
                return new TrainingSample(
                    ids[(row * width)..((row * width) + length)], [.. labels.Skip(row * width).Take(length).Select(l => l >= 0)]);
            }),
        ];
    }

    internal static float[] Logits(SafetensorsFile expected, string name, SafetensorsFile inputs)
    {
        expected.TryFindTensor(name, out SafetensorsTensorInfo? info);
        int width = info!.Shape[1] * info.Shape[2];
        float[] all = expected.ReadFloats(name);
        return [.. Samples(inputs).SelectMany((sample, row) => all.Skip(row * width).Take(sample.Ids.Length * info.Shape[2]))];
    }

    private static JsonElement Read(string folder) => Golden.Read<JsonElement>($"lora/{folder}/expected.json");

    private static bool HasLogits(string folder)
    {
        using var expected = SafetensorsFile.Open(Golden.PathOf($"lora/{folder}/expected.safetensors"));
        return expected.TryFindTensor("logits", out _);
    }

    private static float[] Numbers(WeightMatrix matrix)
    {
        float[] all = new float[matrix.Outputs * matrix.Inputs];
        for (int row = 0; row < matrix.Outputs; row++)
        {
            matrix.DequantizeRow(row, all.AsSpan(row * matrix.Inputs, matrix.Inputs));
        }

        return all;
    }

    private static float[] Transposed(float[] values, int rows, int columns)
    {
        float[] result = new float[values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                result[(column * rows) + row] = values[(row * columns) + column];
            }
        }

        return result;
    }
}
