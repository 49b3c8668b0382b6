using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace Ratchet.FakeTrainer;

/// <summary>A PEFT folder for the query and value projections of SmolLM2-135M, written byte by byte.</summary>
public static class PeftAdapter
{
    private const int LayerCount = 30;
    private const int HiddenSize = 576;
    private const int KeyValueSize = 192;

    public static void Write(string folder, TrainingArguments arguments)
    {
        int rank = arguments.Integer("lora_rank") + (arguments.Fake == "wrong-rank" ? 1 : 0);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = arguments.Fake == "wrong-base" ? "someone/else" : arguments["model_name_or_path"],
            ["r"] = rank,
            ["lora_alpha"] = arguments.Integer("lora_alpha"),
            ["lora_dropout"] = arguments.Real("lora_dropout"),
            ["target_modules"] = new[] { "v_proj", "q_proj" },
            ["use_rslora"] = arguments["use_rslora"] == "true",
            ["inference_mode"] = true,
            ["bias"] = "none",
            ["peft_version"] = "0.17.1",
            ["eva_config"] = null,
        }));
        WriteWeights(Path.Combine(folder, "adapter_model.safetensors"), rank, arguments.Fake);
    }

    private static void WriteWeights(string path, int rank, string fake)
    {
        int inputs = fake == "wrong-shapes" ? HiddenSize * 2 : HiddenSize;
        var header = new Dictionary<string, object> { ["__metadata__"] = new { format = "pt" } };
        var numbers = new List<float>();
        var random = new Random(7);
        for (int layer = 0; layer < LayerCount; layer++)
        {
            foreach ((string module, int outputs) in new[] { ("q_proj", HiddenSize), ("v_proj", KeyValueSize) })
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"base_model.model.model.layers.{layer}.self_attn.{module}");
                Add($"{name}.lora_A.weight", rank, inputs, 0.01);
                Add($"{name}.lora_B.weight", outputs, rank, fake == "no-op" ? 0 : 0.01);
            }
        }

        if (fake == "nan-weights")
        {
            numbers[^1] = float.NaN;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        byte[] bytes = new byte[8 + json.Length + (numbers.Count * 4)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        for (int i = 0; i < numbers.Count; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(8 + json.Length + (i * 4)), numbers[i]);
        }

        File.WriteAllBytes(path, bytes);

        void Add(string name, int rows, int columns, double size)
        {
            int start = numbers.Count * 4;
            for (int i = 0; i < rows * columns; i++)
            {
                numbers.Add((float)((random.NextDouble() - 0.5) * size));
            }

            header[name] = new { dtype = "F32", shape = new[] { rows, columns }, data_offsets = new[] { start, numbers.Count * 4 } };
        }
    }
}
