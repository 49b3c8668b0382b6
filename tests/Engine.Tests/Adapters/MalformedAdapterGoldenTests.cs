using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Models;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Adapters;

/// <summary>Adapters that must be refused by what is wrong with them, and odd ones that must load, also where PEFT only warns (F69).</summary>
[Trait("Category", "Golden")]
public sealed class MalformedAdapterGoldenTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ratchet-malformed-").FullName;

    private sealed record Case(string Name, string Expect, string? Error, JsonElement[] Mutations);

    private sealed record Cases(string Source, string Base, Case[] Items);

    public static TheoryData<string> Names => [.. Read().Items.Select(c => c.Name)];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Names))]
    public void Each_case_is_refused_or_loaded_as_it_should_be(string name)
    {
        Cases cases = Read();
        Case golden = cases.Items.Single(c => c.Name == name);
        foreach (string file in Directory.GetFiles(Golden.FolderOf($"lora/{cases.Source}")))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        foreach (JsonElement mutation in golden.Mutations)
        {
            Mutate(mutation);
        }

        using DecoderModel model = ModelFolder.ReadDecoder(Golden.FolderOf(cases.Base));
        if (golden.Expect == "load")
        {
            using var adapter = LoraAdapter.Load(_folder, model);
            Assert.NotEmpty(adapter.Layers);
            return;
        }

        var refusal = Assert.Throws<AdapterFormatException>(() => LoraAdapter.Load(_folder, model).Dispose());
        Assert.Equal(golden.Error, refusal.Fault.ToString());
        Assert.Contains(_folder, refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Cases Read()
    {
        JsonElement root = Golden.Read<JsonElement>("lora/malformed.json");
        return new Cases(
            root.GetProperty("source").GetString()!, root.GetProperty("base").GetString()!,
            [
                .. root.GetProperty("cases").EnumerateArray().Select(c => new Case(
                    c.GetProperty("name").GetString()!, c.GetProperty("expect").GetString()!,
                    c.TryGetProperty("error", out JsonElement error) ? error.GetString() : null,
                    [.. c.GetProperty("mutations").EnumerateArray()])),
            ]);
    }

    private void Mutate(JsonElement mutation)
    {
        string path = Path.Combine(_folder, Text("file"));
        switch (Text("op"))
        {
            case "set":
                var settings = JsonNode.Parse(File.ReadAllBytes(path))!;
                settings[Text("path")] = JsonNode.Parse(mutation.GetProperty("value").GetRawText());
                File.WriteAllText(path, settings.ToJsonString());
                return;
            case "truncate":
                File.WriteAllBytes(path, File.ReadAllBytes(path)[..mutation.GetProperty("bytes").GetInt32()]);
                return;
            case "delete":
                File.Delete(path);
                return;
            case "replace":
                File.WriteAllText(path, Text("text"));
                return;
            default:
                MutateTensors(path, mutation);
                return;
        }

        string Text(string key) => mutation.GetProperty(key).GetString()!;
    }

    private static void MutateTensors(string path, JsonElement mutation)
    {
        string key = mutation.GetProperty("key").GetString()!;
        var tensors = new Dictionary<string, Stored>();
        using (var file = SafetensorsFile.Open(path))
        {
            foreach (SafetensorsTensorInfo tensor in file.Tensors)
            {
                tensors[tensor.Name] = new Stored("F32", [.. tensor.Shape], file.ReadFloats(tensor.Name));
            }
        }

        switch (mutation.GetProperty("op").GetString())
        {
            case "remove":
                tensors.Remove(key);
                break;
            case "rename":
                tensors.Remove(key, out Stored? renamed);
                tensors[mutation.GetProperty("to").GetString()!] = renamed!;
                break;
            case "copy":
                tensors[mutation.GetProperty("to").GetString()!] = tensors[key];
                break;
            case "slice":
                tensors[key] = tensors[key].Sliced(mutation.GetProperty("axis").GetInt32(), mutation.GetProperty("size").GetInt32());
                break;
            case "fill":
                tensors[key].Values[0] = float.NaN;
                break;
            case "cast":
                foreach (string name in tensors.Keys.Where(n => key == "*" || n == key).ToArray())
                {
                    tensors[name] = tensors[name] with { DataType = mutation.GetProperty("dtype").GetString()! };
                }

                break;
            default:
                throw new NotSupportedException($"The golden file asks for '{mutation.GetProperty("op")}'.");
        }

        Write(path, tensors);
    }

    private static void Write(string path, Dictionary<string, Stored> tensors)
    {
        var header = new JsonObject();
        var data = new List<byte>();
        foreach ((string name, Stored tensor) in tensors)
        {
            int from = data.Count;
            data.AddRange(tensor.Bytes());
            header[name] = new JsonObject
            {
                ["dtype"] = tensor.DataType,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(d => (JsonNode)d)]),
                ["data_offsets"] = new JsonArray(from, data.Count),
            };
        }

        byte[] json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((ulong)json.Length), .. json, .. data]);
    }

    private sealed record Stored(string DataType, int[] Shape, float[] Values)
    {
        public Stored Sliced(int axis, int size)
        {
            int columns = Shape[1];
            return axis == 0
                ? this with { Shape = [size, columns], Values = Values[..(size * columns)] }
                : this with { Shape = [Shape[0], size], Values = [.. Values.Where((_, i) => i % columns < size)] };
        }

        public byte[] Bytes() => DataType switch
        {
            "F32" => [.. Values.SelectMany(BitConverter.GetBytes)],
            "F16" => [.. Values.SelectMany(v => BitConverter.GetBytes((Half)v))],
            "BF16" => [.. Values.SelectMany(v => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(v) >> 16)))],
            "I64" => [.. Values.SelectMany(v => BitConverter.GetBytes((long)v))],
            _ => throw new NotSupportedException($"The golden file asks for '{DataType}'."),
        };
    }
}
