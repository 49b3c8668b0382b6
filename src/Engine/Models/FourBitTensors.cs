using System.Text;
using System.Text.Json;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Quantization;

namespace Ratchet.Engine.Models;

/// <summary>Four-bit weights in a Hugging Face folder as bitsandbytes saves them.</summary>
/// <remarks>
/// <code>
/// W                                        U8 [outputs · inputs / 2, 1]   two levels a byte
/// W.quant_map                              F32 [16]                       the levels
/// W.absmax                                 F32 or, quantised again, U8    a scale a block
/// W.nested_absmax, W.nested_quant_map      F32                            scales of scales
/// W.quant_state.bitsandbytes__nf4          U8                             JSON: quant_type, blocksize, shape, nested_blocksize, nested_offset
/// </code>
/// </remarks>
internal static class FourBitTensors
{
    private const int StateBytesMax = 1 << 16;
    private const int BlockSizeMax = 4096;

    /// <summary>Refuses a quantization_config other than bitsandbytes' four bits.</summary>
    public static void Check(JsonSettings settings)
    {
        if (settings.Section("quantization_config") is not { } quantization)
        {
            return;
        }

        if (quantization.Text("quant_method") is not (null or "bitsandbytes"))
        {
            throw quantization.Unsupported("quant_method", "bitsandbytes");
        }

        if (!quantization.Flag("load_in_4bit", quantization.Flag("_load_in_4bit", false)))
        {
            throw settings.Unsupported("quantization_config", "one with load_in_4bit true");
        }
    }

    /// <summary>A weight in four bits, or null where it is stored as plain numbers.</summary>
    /// <param name="files">The folder's weights.</param>
    /// <param name="name">The weight's name in the folder.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    /// <param name="read">Gets the names of what was read.</param>
    /// <exception cref="ModelFormatException">Its parts do not fit each other.</exception>
    public static FourBitBlocks? Find(SafetensorsFolder files, string name, int outputs, int inputs, HashSet<string> read)
    {
        FourBitKind? found = null;
        foreach (FourBitKind kind in Enum.GetValues<FourBitKind>())
        {
            found = files.TryFindTensor(StateName(name, kind), out _) ? kind : found;
        }

        if (found is not { } of)
        {
            return null;
        }

        string stateName = StateName(name, of);
        State state = ReadState(files, stateName, outputs, inputs);
        RequireTable(files, $"{name}.quant_map", FourBitCodec.Table(of));
        byte[] packed = files.ReadBytes(name);
        read.UnionWith([name, stateName, $"{name}.quant_map", $"{name}.absmax"]);
        try
        {
            if (state.NestedOffset is not { } offset)
            {
                return new FourBitBlocks(of, outputs, inputs, state.BlockSize, packed, files.ReadFloats($"{name}.absmax"));
            }

            RequireTable(files, $"{name}.nested_quant_map", FourBitCodec.DynamicTable);
            read.UnionWith([$"{name}.nested_quant_map", $"{name}.nested_absmax"]);
            return new FourBitBlocks(
                of, outputs, inputs, state.BlockSize, packed, files.ReadBytes($"{name}.absmax"), files.ReadFloats($"{name}.nested_absmax"), offset);
        }
        catch (ArgumentException fault)
        {
            throw Unfit(files, name, fault.Message);
        }
    }

    private static string StateName(string name, FourBitKind kind)
        => $"{name}.quant_state.bitsandbytes__{(kind == FourBitKind.Nf4 ? "nf4" : "fp4")}";

    private static State ReadState(SafetensorsFolder files, string name, int outputs, int inputs)
    {
        byte[] bytes = files.ReadBytes(name);
        if (bytes.Length > StateBytesMax)
        {
            throw Unfit(files, name, $"it has {bytes.Length:N0} bytes; at most {StateBytesMax:N0} were expected.");
        }

        try
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetString(bytes));
            JsonElement root = document.RootElement;
            int blockSize = root.GetProperty("blocksize").GetInt32();
            int[] shape = [.. root.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];
            float? offset = root.TryGetProperty("nested_offset", out JsonElement nested) ? (float)nested.GetDouble() : null;
            bool isNestedKnown = offset is null || root.GetProperty("nested_blocksize").GetInt32() == FourBitCodec.ScalesPerBlock;
            return blockSize is >= 2 and <= BlockSizeMax && shape.SequenceEqual([outputs, inputs]) && isNestedKnown
                ? new State(blockSize, offset)
                : throw Unfit(
                    files, name,
                    $"it says blocks of {blockSize} and the shape [{string.Join(", ", shape)}]; needed is [{outputs}, {inputs}] in blocks of up to {BlockSizeMax}, scales in blocks of {FourBitCodec.ScalesPerBlock}.");
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException and not ModelFormatException)
        {
            throw Unfit(files, name, $"it is no quantisation state: {fault.Message}");
        }
    }

    private static void RequireTable(SafetensorsFolder files, string name, ReadOnlySpan<float> table)
    {
        if (!files.ReadFloats(name).AsSpan().SequenceEqual(table))
        {
            throw Unfit(files, name, "its levels are not those of its kind.");
        }
    }

    private static ModelFormatException Unfit(SafetensorsFolder files, string name, string problem) => ModelFormatException.Unsupported(
        files.Path, $"tensor '{name}': {problem}", "Save the model again with bitsandbytes' nf4.");

    private readonly record struct State(int BlockSize, float? NestedOffset);
}
