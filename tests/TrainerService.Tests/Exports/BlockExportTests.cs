using Ratchet.Contracts.Trainer;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.TrainerService.Infrastructure.Managed;
using Ratchet.TrainerService.Ports;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Exports;

/// <summary>Merged exports in blocks of 256 numbers, with their parity report (F87, F105).</summary>
public sealed class BlockExportTests : IDisposable
{
    // Squared error over squared length of uniform weights. A block of 32 is cut into 15 steps: step squared over 12, (2w/15)²/12, over w²/3 is 4.4e-3,
    // and its scale and minimum keep 6 bits. A block of 16 in 63 steps: 2.5e-4, and a scale of 8 bits.
    private const double FourBitErrorMax = 8e-3;
    private const double SixBitErrorMax = 4e-4;

    // Each matrix adds its weights' error to what it hands on; a gate multiplies two such streams and a softmax may spread scores, so twice the sum is allowed.
    private const double ErrorSumsMax = 2;

    // 30 blocks in series are past a derivation: 3 times what was measured, 3.0e-2 and 2.8e-3. What is stored wrongly has an error of 1 and more.
    private const double BundledFourBitErrorMax = 0.09;
    private const double BundledSixBitErrorMax = 8.5e-3;

    private readonly string _folder = Directory.CreateTempSubdirectory("export-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>576 is no multiple of 256: rows of that length are stored as llama.cpp stores them, which the export says.</summary>
    [Fact]
    public async Task The_bundled_model_is_exported_in_K_blocks_and_what_does_not_fit_them_is_told()
    {
        using var host = new TrainerHost { IsReal = true };
        using HttpClient http = host.CreateClient();
        var client = new TrainerClient(http);
        string adapter = ExportTests.Publish(host, _folder, "plain", isDecomposed: false, share: 0.1f);
        foreach ((ElementType type, ElementType otherwise, double errorMax) in ((ElementType, ElementType, double)[])
            [(ElementType.Q4_K, ElementType.Q5_0, BundledFourBitErrorMax), (ElementType.Q6_K, ElementType.Q8_0, BundledSixBitErrorMax)])
        {
            AdapterExport export = await ExportTests.FinishAsync(client, adapter, new() { Format = "gguf", Type = type.ToString() });

            Assert.True(export.Status == "succeeded", export.Error);
            TestContext.Current.TestOutputHelper?.WriteLine($"{type}: {export.Parity}");
            Assert.Equal(type.ToString(), export.Type);
            using var gguf = GgufFile.Open(Path.Combine(export.Path!, "model.gguf"));
            ILookup<ElementType, string> stored = gguf.Tensors.Where(t => t.Shape.Count > 1).ToLookup(t => t.Type, t => t.Name);
            Assert.Equal([otherwise, type], stored.Select(of => of.Key).Order());
            Assert.All(stored[type], name => Assert.Contains("ffn_down", name, StringComparison.Ordinal));
            Assert.Contains(export.Notes, note => note.Contains($"{stored[otherwise].Count()} tensors as {otherwise}", StringComparison.Ordinal));
            ExportParityView parity = export.Parity!;
            Assert.True(parity.Merged < 1e-2 && parity.Effect > 1e-2, parity.ToString());
            Assert.InRange(parity.Error, 0, errorMax);
        }
    }

    [Theory]
    [InlineData(ElementType.Q4_K, FourBitErrorMax)]
    [InlineData(ElementType.Q6_K, SixBitErrorMax)]
    public void Rows_of_whole_blocks_are_all_stored_in_them_and_the_logits_follow_the_weights(ElementType type, double errorMax)
    {
        string folder = WideFolder.Make(seed: 3);
        string made = Path.Combine(_folder, "export");
        string peft = Path.Combine(_folder, "adapter");
        Directory.CreateDirectory(made);
        using LoadedDecoder loaded = ModelLoader.LoadDecoder(folder);
        using (var principal = PrincipalAdapter.Take(loaded.Model, new LoraConfig { Rank = 4, Alpha = 8, TargetModules = ["q_proj", "up_proj"] }, seed: 1))
        {
            principal.Adapter.Save(peft, "wide");
            principal.Adapter.Dispose();
        }

        AdapterExport export = new ManagedExporter().Export(
            new ExportWork("export-1", 1, "ft:wide:ratchet:a:1", peft, folder, "wide", new ExportRequest { Format = "gguf", Type = type.ToString() }), made);

        Assert.Empty(export.Notes);
        string file = Path.Combine(made, "model.gguf");
        using (var gguf = GgufFile.Open(file))
        {
            ElementType[] matrices = [.. gguf.Tensors.Where(t => t.Shape.Count > 1).Select(t => t.Type)];
            Assert.Equal(2 + (7 * WideFolder.LayerCount), matrices.Length);
            Assert.All(matrices, stored => Assert.Equal(type, stored));
        }

        using LoadedDecoder again = ModelLoader.LoadDecoder(file);
        using var adapter = LoraAdapter.Load(peft, loaded.Model);
        using MergedAdapter merged = adapter.MergeInto(loaded.Model);
        (WeightMatrix Merged, WeightMatrix Read)[] pairs =
        [
            (loaded.Model.TokenEmbedding, again.Model.TokenEmbedding), (loaded.Model.Head, again.Model.Head),
            .. loaded.Model.Linears.Zip(again.Model.Linears, (own, read) => (own.Weight, read.Weight)),
        ];
        double[] errors = [.. pairs.Select(pair => Error(pair.Merged, pair.Read))];
        TestContext.Current.TestOutputHelper?.WriteLine($"{type}: weights {errors.Min():0.00e+0} to {errors.Max():0.00e+0}; {export.Parity}");
        Assert.All(errors, error => Assert.InRange(error, double.Epsilon, errorMax));

        Assert.InRange(export.Parity!.Error, double.Epsilon, ErrorSumsMax * errors.Sum());
    }

    private static double Error(WeightMatrix expected, WeightMatrix actual)
    {
        float[] a = new float[expected.Inputs];
        float[] b = new float[actual.Inputs];
        double distance = 0;
        double length = 0;
        for (int row = 0; row < expected.Outputs; row++)
        {
            expected.DequantizeRow(row, a);
            actual.DequantizeRow(row, b);
            distance += a.Zip(b, (x, y) => ((double)x - y) * ((double)x - y)).Sum();
            length += a.Sum(x => (double)x * x);
        }

        return distance / length;
    }
}
