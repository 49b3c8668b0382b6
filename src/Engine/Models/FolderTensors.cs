using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Tensors of a Hugging Face folder. Remembers which were read, so that a model never leaves a weight out unseen.</summary>
/// <param name="files">The folder's weights.</param>
/// <param name="prefix">
/// First part of the family's names ("model."), which files of the bare model leave out and others add.
/// </param>
[SuppressMessage("Reliability", "CA2000", Justification = "What is given is remembered and freed together where loading fails half way.")]
internal sealed class FolderTensors(SafetensorsFolder files, string prefix) : ITensorSource
{
    // Tables that are computed here, masks, and heads for other tasks.
    private static readonly string[] NotNeeded =
    [
        ".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias", "embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias",
    ];

    private readonly List<IDisposable> _given = [];
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Path => files.Path;

    /// <inheritdoc/>
    public bool Has(string name) => files.TryFindTensor(Find(name), out _);

    /// <inheritdoc/>
    public WeightMatrix Matrix(string name, int outputs, int inputs, int rotaryHeads = 0, bool isTransposed = false)
    {
        if (rotaryHeads != 0)
        {
            throw new NotSupportedException("Hugging Face's folders keep rotary halves apart.");
        }

        if (FourBitTensors.Find(files, Find(name), outputs, inputs, _read) is { } blocks)
        {
            var fourBit = new WeightMatrix(blocks);
            _given.Add(fourBit);
            return fourBit;
        }

        Tensor tensor = isTransposed ? Read(name, inputs, outputs) : Read(name, outputs, inputs);
        var matrix = new WeightMatrix(isTransposed ? Transposed(tensor) : tensor);
        _given.Add(matrix);
        return matrix;
    }

    /// <inheritdoc/>
    public Tensor Floats(string name, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Read(name, shape);
        if (tensor.Type != ElementType.F32)
        {
            var floats = new Tensor(ElementType.F32, shape);
            BlockCodec.Dequantize(tensor.Type, tensor.Bytes, floats.Floats);
            tensor.Dispose();
            tensor = floats;
        }

        _given.Add(tensor);
        return tensor;
    }

    /// <summary>Throws where the folder holds a weight that was not read and would change what the model computes.</summary>
    /// <param name="others">Names that may be there besides.</param>
    /// <exception cref="ModelFormatException">There is such a weight.</exception>
    public void RequireAllRead(params ReadOnlySpan<string> others)
    {
        foreach (string name in files.Names)
        {
            if (!_read.Contains(name) && !others.Contains(name) && !Array.Exists(NotNeeded, end => name.EndsWith(end, StringComparison.Ordinal)))
            {
                throw ModelFormatException.Unsupported(
                    files.Path, $"tensor '{name}' belongs to no part of the model that config.json describes.",
                    "Weights and config.json come from different models, or the model has a part that this engine does not compute.");
            }
        }
    }

    /// <inheritdoc/>
    public void Release() => _given.Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable part in _given)
        {
            part.Dispose();
        }
    }

    // Files of a bare model lack the prefix; those of a model with a head may have one more than the bare names.
    private string Find(string name)
    {
        if (files.TryFindTensor(name, out _))
        {
            return name;
        }

        string other = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : prefix + name;
        return files.TryFindTensor(other, out _) ? other : name;
    }

    private Tensor Read(string name, params ReadOnlySpan<int> shape)
    {
        string found = Find(name);
        if (!files.TryFindTensor(found, out SafetensorsTensorInfo? info))
        {
            throw ModelFormatException.MissingTensor(files.Path, name);
        }

        bool fits = info.Shape.Count == shape.Length;
        for (int i = 0; fits && i < shape.Length; i++)
        {
            fits = info.Shape[i] == shape[i];
        }

        if (!fits)
        {
            throw ModelFormatException.WrongShape(
                files.Path, name, $"[{string.Join(", ", info.Shape)}]", $"[{string.Join(", ", shape.ToArray())}]");
        }

        _read.Add(found);
        return files.ReadTensor(found);
    }

    /// <summary>Columns for rows; the tensor of a type without blocks is disposed of.</summary>
    internal static unsafe Tensor Transposed(Tensor tensor)
    {
        int rows = tensor.Shape[0];
        int columns = tensor.Shape[1];
        var result = new Tensor(tensor.Type, columns, rows);
        if (tensor.Type == ElementType.F32)
        {
            Transpose((uint*)tensor.Pointer, (uint*)result.Pointer, rows, columns);
        }
        else
        {
            Transpose((ushort*)tensor.Pointer, (ushort*)result.Pointer, rows, columns);
        }

        tensor.Dispose();
        return result;
    }

    private static unsafe void Transpose<T>(T* from, T* into, int rows, int columns)
        where T : unmanaged
    {
        for (long row = 0; row < rows; row++)
        {
            for (long column = 0; column < columns; column++)
            {
                into[(column * rows) + row] = from[(row * columns) + column];
            }
        }
    }
}
