using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Tensors;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Formats.Safetensors;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Category", "Golden")]
    public void Broken_files_are_refused_with_their_fault_and_sound_ones_load()
    {
        var wrong = new List<string>();
        foreach (Case golden in Golden.Read<List<Case>>("gguf/malformed/safetensors/cases.json"))
        {
            string outcome = Outcome(Golden.PathOf($"gguf/malformed/safetensors/{golden.File}"));
            bool right = golden.Expect switch
            {
                "load" => outcome == "load",
                "either" => outcome == "load" || outcome == golden.Error,
                _ => outcome == golden.Error || (golden.Or ?? []).Contains(outcome),
            };
            if (!right)
            {
                wrong.Add($"{golden.File} ({golden.Why}): {outcome}, expected {golden.Expect} {golden.Error}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void What_is_written_is_read_and_the_same_tensors_give_the_same_bytes()
    {
        using var a = Tensor.FromFloats([1f, -2f, 3.5f, float.MinValue, 0f, 1e-30f], 2, 3);
        using var b = Tensor.FromFloats([7f], []);
        string first = Path.Combine(_folder, "first.safetensors");
        string second = Path.Combine(_folder, "second.safetensors");

        SafetensorsWriter.Write(first, [new("a.weight", a), new("b", b)], new Dictionary<string, string> { ["format"] = "pt" });
        SafetensorsWriter.Write(second, [new("b", b), new("a.weight", a)], new Dictionary<string, string> { ["format"] = "pt" });

        using var file = SafetensorsFile.Open(first);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(a.Floats.ToArray(), file.ReadFloats("a.weight"));
        Assert.Equal([7f], file.ReadFloats("b"));
        using Tensor read = file.ReadTensor("a.weight");
        Assert.Equal([2, 3], read.Shape.ToArray());
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Theory]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"\udc00","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"\ud800":1}}""")]
    public void Half_a_character_in_the_header_is_refused_like_any_damage(string header)
    {
        byte[] json = System.Text.Encoding.UTF8.GetBytes(header);
        string path = Path.Combine(_folder, "half.safetensors");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((ulong)json.Length), .. json, 0, 0, 0, 0]);

        Assert.Equal(SafetensorsFault.InvalidHeader.ToString(), Outcome(path));
    }

    [Fact]
    public void A_file_changed_anywhere_never_does_more_than_refuse() => Claim.Holds(cases: 300, (random, size) =>
    {
        byte[] bytes = File.ReadAllBytes(Golden.PathOf("gguf/malformed/safetensors/valid-metadata.safetensors"));
        for (int i = 0; i < 1 + (size % 4); i++)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        string path = Path.Combine(_folder, "changed.safetensors");
        File.WriteAllBytes(path, bytes);
        _ = Outcome(path);
    });

    private static string Outcome(string path)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            foreach (SafetensorsTensorInfo tensor in file.Tensors.Where(tensor => tensor.DataType == "F32"))
            {
                _ = file.ReadFloats(tensor.Name);
            }

            return "load";
        }
        catch (SafetensorsFormatException refusal)
        {
            Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
            return refusal.Fault.ToString();
        }
    }

    private sealed record Case(string File, string Expect, string? Error, string[]? Or, string Why);
}
