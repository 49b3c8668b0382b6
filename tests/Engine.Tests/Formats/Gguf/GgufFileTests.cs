using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Tensors;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Formats.Gguf;

public sealed class GgufFileTests
{
    // These are faults of a model, not of the container: the loader names them.
    private const string ModelLevel = "model";

    [Fact]
    [Trait("Category", "Golden")]
    public void Broken_files_are_refused_with_their_fault_and_sound_ones_load()
    {
        var wrong = new List<string>();
        foreach (Case golden in Golden.Read<List<Case>>("gguf/malformed/gguf/cases.json"))
        {
            string path = Golden.PathOf($"gguf/malformed/gguf/{golden.File}");
            string outcome = Outcome(path);
            bool right = golden.Expect switch
            {
                "load" => outcome == "load",
                "either" => outcome == "load" || outcome == golden.Error,
                _ => golden.Level == ModelLevel
                    ? outcome == "load"
                    : outcome == golden.Error || (golden.Or ?? []).Contains(outcome),
            };
            if (!right)
            {
                wrong.Add($"{golden.File} ({golden.Why}): {outcome}, expected {golden.Expect} {golden.Error}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Types_that_are_not_read_are_refused_by_name()
    {
        var sizes = Golden.Read<Dictionary<string, BlockSize>>("gguf/blocks.json");
        string[] others = [.. sizes.Keys.Where(name => !Enum.TryParse<ElementType>(name, out _))];
        Assert.NotEmpty(others);
        Assert.All(sizes, entry =>
        {
            if (Enum.TryParse(entry.Key, out ElementType type))
            {
                Assert.Equal((entry.Value.Block, entry.Value.Bytes), (type.BlockSize(), type.BlockBytes()));
                Assert.Equal(type, GgufTypes.Find(GgufTypes.NumberOf(type)));
            }
        });

        foreach (string name in others)
        {
            uint number = Enumerable.Range(0, 64).Select(i => (uint)i).Single(i => GgufTypes.Describe(i) == $"{i} ({name})");
            string path = Path.GetTempFileName();
            try
            {
                File.WriteAllBytes(path, OneTensor(number, sizes[name]));
                GgufFormatException refusal = Assert.Throws<GgufFormatException>(() => GgufFile.Open(path));
                Assert.Equal(GgufFault.UnsupportedType, refusal.Fault);
                Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [Fact]
    public void The_bundled_model_opens_and_its_tensors_have_their_shapes()
    {
        using var file = GgufFile.Open(Path.Combine(SourceTree.Root, "models", "smollm2-135m-instruct.q4_1.gguf"));

        Assert.Equal("llama", file.Metadata.GetString("general.architecture"));
        Assert.Equal(30, file.Metadata.GetInt32("llama.block_count"));
        Assert.Equal(49_152, file.Metadata.GetStrings("tokenizer.ggml.tokens").Length);
        Assert.True(file.TryFindTensor("blk.0.ffn_up.weight", out GgufTensorInfo? up));
        Assert.Equal([1536, 576], up.Shape);
        using Tensor embedding = file.ReadTensor("token_embd.weight");
        Assert.Equal(ElementType.Q8_0, embedding.Type);
        Assert.Equal([49_152, 576], embedding.Shape.ToArray());
    }

    [Fact]
    public void A_file_changed_anywhere_in_its_header_never_does_more_than_refuse()
    {
        byte[] sound = File.ReadAllBytes(Golden.PathOf("gguf/malformed/gguf/valid-unknown-keys.gguf"));
        string path = Path.GetTempFileName();
        try
        {
            Claim.Holds(cases: 400, (random, size) =>
            {
                byte[] bytes = [.. sound];
                for (int i = 0; i < 1 + (size % 5); i++)
                {
                    bytes[random.Next(bytes.Length)] = (byte)(random.Next(3) switch
                    {
                        0 => 0xFF,
                        1 => 0x00,
                        _ => random.Next(256),
                    });
                }

                File.WriteAllBytes(path, bytes[..(random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length)]);
                long before = GC.GetAllocatedBytesForCurrentThread();
                _ = Outcome(path);
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated < 4 << 20, $"{allocated} bytes were allocated for a file of {bytes.Length}.");
            });
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Outcome(string path)
    {
        try
        {
            using var file = GgufFile.Open(path);
            foreach (GgufTensorInfo tensor in file.Tensors)
            {
                file.ReadTensor(tensor.Name).Dispose();
            }

            return "load";
        }
        catch (GgufFormatException refusal)
        {
            Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
            return refusal.Fault.ToString();
        }
    }

    private static byte[] OneTensor(uint type, BlockSize size)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write(1UL);
        writer.Write(0UL);
        writer.Write(1UL);
        writer.Write("t"u8);
        writer.Write(1u);
        writer.Write((ulong)size.Block);
        writer.Write(type);
        writer.Write(0UL);
        writer.Write(new byte[32 + size.Bytes]);
        return stream.ToArray();
    }

    private sealed record BlockSize(int Block, int Bytes);

    private sealed record Case(
        string File, string Expect, string? Error, string[]? Or, string? Level, string Why);
}
