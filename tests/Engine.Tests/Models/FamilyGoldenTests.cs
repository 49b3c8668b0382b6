using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Kernels;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Models;

/// <summary>Every family against transformers in float32, from Hugging Face folders (F43, F45).</summary>
[Trait("Category", "Golden")]
[Collection(KernelSettings.Name)]
public sealed class FamilyGoldenTests
{
    public static TheoryData<string> Decoders => GoldenModel.Decoders;

    public static TheoryData<string> Encoders => GoldenModel.Encoders;

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Decoders))]
    public void Logits_of_rows_alone_and_together_match_transformers(string family)
    {
        using var golden = new GoldenModel(family);
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
        {
            KernelSettings.With(width, 2, () =>
            {
                using DecoderRunner runner = golden.Runner();
                ISequenceCache[] caches = [.. golden.Facts.Lengths.Select(l => runner.CreateCache(l))];
                runner.Forward([.. caches.Select((cache, row) => new SequencePiece(cache, golden.Row(row), null, LogitRows.All))]);
                int at = 0;
                for (int row = 0; row < caches.Length; row++)
                {
                    float[] expected = golden.Logits(row);
                    float[] actual = Rows(runner, at, golden.Facts.Lengths[row]);
                    GoldenNumber.Close("models: logits", expected, actual, golden.Atol("logits"), $"{family}, row {row}, {width}");
                    Assert.Equal(Argmaxes(expected, runner.Config), Argmaxes(actual, runner.Config));
                    at += golden.Facts.Lengths[row];

                    using DecoderRunner alone = golden.Runner();
                    using ISequenceCache own = alone.CreateCache(golden.Facts.Lengths[row]);
                    alone.Forward([new SequencePiece(own, golden.Row(row), null, LogitRows.All)]);
                    Assert.Equal(actual, Rows(alone, 0, golden.Facts.Lengths[row]));
                    caches[row].Dispose();
                }
            });
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Decoders))]
    public void Hidden_states_match_transformers(string family)
    {
        using var golden = new GoldenModel(family);
        var states = new Dictionary<int, float[]>();
        using var runner = new DecoderRunner(golden.Model, Precision.Float32, 64)
        {
            HiddenObserver = (state, values) => states[state] = values.ToArray(),
        };
        using ISequenceCache cache = runner.CreateCache(golden.Facts.Lengths[0]);
        runner.Forward([new SequencePiece(cache, golden.Row(0))]);
        int layers = runner.Config.LayerCount;
        float atol = golden.Atol("hidden");
        GoldenNumber.Close("models: hidden states", golden.Expected.ReadFloats("hidden.embedding"), states[0], atol, "embedding");
        GoldenNumber.Close("models: hidden states", golden.Expected.ReadFloats("hidden.norm"), states[layers], atol, "norm");
        for (int layer = 0; layer < layers; layer++)
        {
            int state = layer + 1 < layers ? layer + 1 : DecoderRunner.LastBlock;
            GoldenNumber.Close("models: hidden states", golden.Expected.ReadFloats($"hidden.layer.{layer}"), states[state], atol, $"layer {layer}");
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Decoders))]
    public void Decoding_through_the_cache_gives_what_one_pass_gives(string family)
    {
        using var golden = new GoldenModel(family);
        using DecoderRunner runner = golden.Runner();
        int[] ids = golden.Row(0);
        using ISequenceCache whole = runner.CreateCache(ids.Length);
        runner.Forward([new SequencePiece(whole, ids, null, LogitRows.All)]);
        float[] together = Rows(runner, 0, ids.Length);
        using ISequenceCache cache = runner.CreateCache(ids.Length);
        var pieces = new List<float>();
        int at = 0;
        foreach (int chunk in golden.Facts.DecodingChunks)
        {
            runner.Forward([new SequencePiece(cache, ids.AsMemory(at, chunk), null, LogitRows.All)]);
            pieces.AddRange(Rows(runner, 0, chunk));
            at += chunk;
        }

        Assert.Equal(ids.Length, at);
        Assert.Equal(together, pieces);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Decoders))]
    public void Greedy_ids_match_transformers(string family)
    {
        using var golden = new GoldenModel(family);
        using DecoderRunner runner = golden.Runner();
        int[] prompt = Ints(golden.Expected, "greedy.prompt_ids");
        int[] expected = Ints(golden.Expected, "greedy.ids");
        using ISequenceCache cache = runner.CreateCache(prompt.Length + expected.Length);
        runner.Forward([new SequencePiece(cache, prompt)]);
        var actual = new List<int>();
        while (true)
        {
            actual.Add(Argmaxes(runner.Logits(0).ToArray(), runner.Config)[0]);
            if (actual.Count == expected.Length)
            {
                break;
            }

            runner.Forward([new SequencePiece(cache, new[] { actual[^1] })]);
        }

        Assert.Equal(expected, actual);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Decoders))]
    public void The_older_names_of_settings_give_the_same_model(string family)
    {
        string folder = Directory.CreateTempSubdirectory("ratchet-family-").FullName;
        File.Copy(Golden.PathOf($"models/{family}/model/model.safetensors"), Path.Combine(folder, "model.safetensors"));
        File.Copy(Golden.PathOf($"models/{family}/config.v4.json"), Path.Combine(folder, "config.json"));
        using var golden = new GoldenModel(family);
        using DecoderModel older = ModelFolder.ReadDecoder(folder);
        Directory.Delete(folder, recursive: true);
        using var runner = new DecoderRunner(older, Precision.Float32, 64);
        using ISequenceCache cache = runner.CreateCache(golden.Facts.Lengths[0]);
        runner.Forward([new SequencePiece(cache, golden.Row(0), null, LogitRows.All)]);
        TensorAssert.Close(golden.Logits(0), Rows(runner, 0, golden.Facts.Lengths[0]), golden.Atol("logits"), 0f, family);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Encoders))]
    public void Encoders_match_transformers(string family)
    {
        GoldenModel.Numbers facts = Golden.Read<GoldenModel.Numbers>($"models/{family}/expected.json");
        using var expected = SafetensorsFile.Open(Golden.PathOf($"models/{family}/expected.safetensors"));
        using EncoderModel model = ModelFolder.ReadEncoder(Golden.FolderOf($"models/{family}/model"));
        var states = new Dictionary<int, float[]>();
        using var runner = new EncoderRunner(model, Precision.Float32, 128)
        {
            HiddenObserver = (state, values) => states[state] = values.ToArray(),
        };
        int hidden = model.Config.HiddenSize;
        float[] all = new float[facts.Lengths.Length * hidden];
        runner.Embed(Texts("input_ids"), all, Texts("token_type_ids"));
        GoldenNumber.Close("models: embeddings", expected.ReadFloats("embeddings"), all, Atol("embeddings"), "embeddings");

        float[] last = states[model.Config.LayerCount];
        float[] padded = expected.ReadFloats("last_hidden_state");
        int width = padded.Length / facts.Lengths.Length;
        for (int row = 0, at = 0; row < facts.Lengths.Length; at += facts.Lengths[row++] * hidden)
        {
            int count = facts.Lengths[row] * hidden;
            TensorAssert.Close(padded.AsSpan(row * width, count), last.AsSpan(at, count), Atol("last_hidden_state"), 0f, $"row {row}");
        }

        for (int state = 0; state <= model.Config.LayerCount; state++)
        {
            float[] of = expected.ReadFloats(state == 0 ? "hidden.embedding" : $"hidden.layer.{state - 1}");
            TensorAssert.Close(of, states[state].AsSpan(0, of.Length), Atol("hidden"), 0f, $"state {state}");
        }

        ReadOnlyMemory<int>[] Texts(string name)
        {
            long[] values = expected.ReadInts(name);
            int columns = values.Length / facts.Lengths.Length;
            return
            [
                .. facts.Lengths.Select((length, row) => new ReadOnlyMemory<int>([.. values.Skip(row * columns).Take(length).Select(v => (int)v)])),
            ];
        }

        float Atol(string what) => (float)((System.Text.Json.JsonElement)facts.Tolerance[what]).GetProperty("suggested_atol").GetDouble();
    }

    internal static float[] Rows(DecoderRunner runner, int first, int count)
        => [.. Enumerable.Range(first, count).SelectMany(row => runner.Logits(row).ToArray())];

    internal static int[] Ints(SafetensorsFile file, string name) => [.. file.ReadInts(name).Select(v => (int)v)];

    private static int[] Argmaxes(float[] logits, ModelConfig config)
    {
        int vocabulary = config.VocabularySize;
        return [.. Enumerable.Range(0, logits.Length / vocabulary).Select(row => Best(logits.AsSpan(row * vocabulary, vocabulary)))];
    }

    private static int Best(ReadOnlySpan<float> row)
    {
        int best = 0;
        for (int i = 1; i < row.Length; i++)
        {
            best = row[i] > row[best] ? i : best;
        }

        return best;
    }
}
