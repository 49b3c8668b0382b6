using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Kernels;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Formats.Gguf;

public sealed class GgufWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-gguf-").FullName;

    public static TheoryData<ElementType> Written => [.. Enum.GetValues<ElementType>().Where(BlockCodec.CanWrite)];

    private string File_ => Path.Combine(_folder, "x.gguf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_kind_of_value_comes_back_as_it_was()
    {
        var values = new List<KeyValuePair<string, object>>
        {
            new("a.byte", (byte)200), new("a.sbyte", (sbyte)-3), new("a.ushort", (ushort)60_000), new("a.short", (short)-300),
            new("a.uint", 4_000_000_000u), new("a.int", -5), new("a.float", 1.5f), new("a.bool", true), new("a.text", "模型 \0 ü"),
            new("a.ulong", ulong.MaxValue), new("a.long", long.MinValue), new("a.double", Math.PI), new("b.texts", (string[])["", "<s>", "Ġ the"]),
            new("b.ints", (int[])[1, -2]), new("b.floats", (float[])[0.25f]), new("b.bools", (bool[])[true, false]), new("b.empty", Array.Empty<uint>()),
            new("b.bytes", (byte[])[1, 2, 255]),
        };
        GgufWriter.Write(File_, values, []);
        using var file = GgufFile.Open(File_);
        Assert.Equal(values.Count, file.Metadata.Count);
        foreach ((string key, object value) in values)
        {
            object found = file.Metadata.Single(entry => entry.Key == key).Value;
            Assert.Equal(value.GetType(), found.GetType());
            Assert.Equal(value, found);
        }
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void Tensors_of_every_written_type_come_back_in_versions_2_and_3_at_any_alignment(ElementType type)
    {
        foreach (uint alignment in (uint[])[8, 32, 4096])
        {
            float[] numbers = Numbers.Random(3 * 512, (int)alignment);
            byte[] stored = new byte[type.RowBytes(512) * 3];
            BlockCodec.Quantize(type, numbers, stored);
            GgufTensorEntry[] entries =
            [
                Entry("odd", ElementType.F32, [7], Numbers.Random(7, 1)),
                Entry("matrix", type, [3, 512], numbers),
                Entry("deep", ElementType.F16, [2, 1, 3, 5], Numbers.Random(30, 2)),
            ];
            GgufWriter.Write(File_, [new(GgufWriter.AlignmentKey, alignment)], entries);
            byte[] bytes = File.ReadAllBytes(File_);
            foreach (byte version in (byte[])[2, 3])
            {
                bytes[4] = version;
                File.WriteAllBytes(File_, bytes);
                using var file = GgufFile.Open(File_);
                Assert.All(file.Tensors, tensor => Assert.Equal(0, tensor.Offset % alignment));
                using Tensor matrix = file.ReadTensor("matrix");
                Assert.Equal(stored, matrix.Bytes.ToArray());
                using Tensor deep = file.ReadTensor("deep");
                Assert.Equal([2, 1, 3, 5], deep.Shape.ToArray());
            }
        }
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes_and_a_failure_leaves_the_old_file()
    {
        GgufTensorEntry sound = Entry("t", ElementType.F32, [4], [1, 2, 3, 4]);
        GgufWriter.Write(File_, [new("k", "v")], [sound]);
        byte[] first = File.ReadAllBytes(File_);
        GgufWriter.Write(File_, [new("k", "v")], [sound]);
        Assert.Equal(first, File.ReadAllBytes(File_));

        GgufTensorEntry broken = sound with { Name = "u", Make = () => throw new InvalidOperationException("no numbers") };
        Assert.Throws<InvalidOperationException>(() => GgufWriter.Write(File_, [], [sound, broken]));
        Assert.Equal(first, File.ReadAllBytes(File_));
        Assert.Equal(["x.gguf"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void What_no_reader_would_take_is_refused()
    {
        GgufTensorEntry sound = Entry("t", ElementType.F32, [4], [1, 2, 3, 4]);
        Refuses([new("k", 1u), new("k", 2u)], []);
        Refuses([new(string.Empty, 1u)], []);
        Refuses([new("k", 1m)], []);
        Refuses([new(GgufWriter.AlignmentKey, 3u)], []);
        Refuses([new(GgufWriter.AlignmentKey, "32")], []);
        Refuses([], [sound, sound]);
        Refuses([], [sound with { Name = new string('n', 64) }]);
        Refuses([], [sound with { Shape = [1, 1, 1, 1, 4] }]);
        Refuses([], [sound with { Shape = [0] }]);
        Refuses([], [sound with { Shape = [31], Type = ElementType.Q8_0 }]);
        Refuses([], [sound with { Type = ElementType.Nf4, Shape = [32] }]);
        Refuses([], [sound with { Shape = [5] }]);
        Assert.Empty(Directory.GetFiles(_folder));

        void Refuses(KeyValuePair<string, object>[] keys, GgufTensorEntry[] tensors)
            => Assert.ThrowsAny<ArgumentException>(() => GgufWriter.Write(File_, keys, tensors));
    }

    [Fact]
    public void Files_of_random_keys_and_tensors_come_back()
        => Claim.Holds(cases: 60, (random, size) =>
        {
            var keys = new List<KeyValuePair<string, object>>();
            for (int i = 0; i < size % 9; i++)
            {
                keys.Add(new($"k{i}", random.Next(3) switch
                {
                    0 => random.Next(),
                    1 => new string('x', random.Next(200)),
                    _ => Numbers.Random(random.Next(20), i),
                }));
            }

            GgufTensorEntry[] tensors =
            [
                .. Enumerable.Range(0, size % 7).Select(i =>
                {
                    int[] shape = [random.Next(1, 5), 32 * random.Next(1, 4)];
                    var type = (ElementType)random.Next((int)ElementType.Q8_0 + 1);
                    return Entry($"t{i}", type, shape, Numbers.Random(shape[0] * shape[1], i));
                }),
            ];
            GgufWriter.Write(File_, keys, tensors);
            using var file = GgufFile.Open(File_);
            Assert.Equal(keys.Select(k => (k.Key, k.Value)), file.Metadata.Select(k => (k.Key, k.Value)));
            foreach (GgufTensorEntry entry in tensors)
            {
                using Tensor read = file.ReadTensor(entry.Name);
                using Tensor made = entry.Make();
                Assert.Equal(made.Bytes.ToArray(), read.Bytes.ToArray());
            }
        });

    private static GgufTensorEntry Entry(string name, ElementType type, int[] shape, float[] numbers) => new(name, type, shape, () =>
    {
        var tensor = new Tensor(type, shape);
        BlockCodec.Quantize(type, numbers, tensor.Bytes);
        return tensor;
    });
}
