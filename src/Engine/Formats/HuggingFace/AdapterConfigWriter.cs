using System.Buffers;
using System.Text.Json;

namespace Ratchet.Engine.Formats.HuggingFace;

/// <summary>Writes adapter_config.json with the fewest keys; what has its default and is no part of the minimum is left out.</summary>
internal static class AdapterConfigWriter
{
    internal static void Write(string path, AdapterConfigFile config)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            WriteObject(json, config);
        }

        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                stream.Write(buffer.WrittenSpan);
                stream.WriteByte((byte)'\n');
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static void WriteObject(Utf8JsonWriter json, AdapterConfigFile config)
    {
        json.WriteStartObject();
        if (config.AlphaPattern.Count > 0)
        {
            json.WriteStartObject("alpha_pattern");
            foreach ((string module, double alpha) in config.AlphaPattern.OrderBy(e => e.Key, StringComparer.Ordinal))
            {
                WriteNumber(json, module, alpha);
            }

            json.WriteEndObject();
        }

        json.WriteString("base_model_name_or_path", config.BaseModel);
        json.WriteString("bias", "none");
        if (config.ExcludePattern is not null)
        {
            json.WriteString("exclude_modules", config.ExcludePattern);
        }

        WriteStrings(json, "exclude_modules", config.ExcludeModules);
        json.WriteBoolean("fan_in_fan_out", config.FanInFanOut);
        json.WriteBoolean("inference_mode", true);
        json.WriteBoolean("init_lora_weights", true);
        WriteStrings(json, "layers_pattern", config.LayersPattern);
        if (config.LayersToTransform.Count > 0)
        {
            json.WriteStartArray("layers_to_transform");
            foreach (int layer in config.LayersToTransform)
            {
                json.WriteNumberValue(layer);
            }

            json.WriteEndArray();
        }

        WriteNumber(json, "lora_alpha", config.Alpha);
        json.WriteNumber("lora_dropout", config.Dropout);
        WriteStrings(json, "modules_to_save", config.ModulesToSave);
        json.WriteString("peft_type", "LORA");
        json.WriteNumber("r", config.Rank);
        if (config.RankPattern.Count > 0)
        {
            json.WriteStartObject("rank_pattern");
            foreach ((string module, int rank) in config.RankPattern.OrderBy(e => e.Key, StringComparer.Ordinal))
            {
                json.WriteNumber(module, rank);
            }

            json.WriteEndObject();
        }

        if (config.Revision is not null)
        {
            json.WriteString("revision", config.Revision);
        }

        if (config.TargetPattern is not null)
        {
            json.WriteString("target_modules", config.TargetPattern);
        }
        else
        {
            json.WriteStartArray("target_modules");
            foreach (string module in config.TargetModules)
            {
                json.WriteStringValue(module);
            }

            json.WriteEndArray();
        }

        json.WriteString("task_type", config.TaskType);
        if (config.WeightDecomposed)
        {
            json.WriteBoolean("use_dora", true);
        }

        json.WriteBoolean("use_rslora", config.RankStabilized);
        json.WriteEndObject();
    }

    // PEFT writes a whole α as a whole number, and some loaders insist on it.
    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (value == Math.Floor(value) && Math.Abs(value) < 1e15)
        {
            json.WriteNumber(name, (long)value);
        }
        else
        {
            json.WriteNumber(name, value);
        }
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
