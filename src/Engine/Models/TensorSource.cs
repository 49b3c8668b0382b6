using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Tensors of a GGUF file with the shapes that a model needs, freed together where loading fails half way.</summary>
internal sealed class TensorSource(GgufFile file) : ITensorSource
{
    private readonly List<IDisposable> _given = [];
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Path => file.Path;

    /// <inheritdoc/>
    public bool Has(string name) => file.TryFindTensor(name, out _);

    /// <summary>A matrix in its stored blocks.</summary>
    /// <param name="name">GGUF's name.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    /// <param name="rotaryHeads">Heads whose rows stand in rotary pairs, to be put apart; 0 where they do not.</param>
    /// <param name="isTransposed">Never in GGUF.</param>
    public WeightMatrix Matrix(string name, int outputs, int inputs, int rotaryHeads = 0, bool isTransposed = false)
    {
        if (isTransposed)
        {
            throw new NotSupportedException("GGUF holds every weight as [outputs, inputs].");
        }

        Tensor tensor = Read(name, outputs, inputs);
        if (rotaryHeads > 0)
        {
            Tensor apart = RotaryRows.PutApart(tensor, rotaryHeads);
            tensor.Dispose();
            tensor = apart;
        }

        var matrix = new WeightMatrix(tensor);
        _given.Add(matrix);
        return matrix;
    }

    /// <summary>A table or vector in single precision.</summary>
    public unsafe Tensor Floats(string name, params ReadOnlySpan<int> shape)
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

    /// <inheritdoc/>
    public Tensor Vector(string name, int count, int rotaryHeads)
    {
        Tensor vector = Floats(name, count);
        if (rotaryHeads == 0)
        {
            return vector;
        }

        using var column = Tensor.FromFloats(vector.Floats, count, 1);
        using Tensor apart = RotaryRows.PutApart(column, rotaryHeads);
        apart.Floats.CopyTo(vector.Floats);
        return vector;
    }

    /// <summary>Throws where the file holds a tensor that was not read and would change what the model computes.</summary>
    /// <exception cref="ModelFormatException">There is such a tensor.</exception>
    public void RequireAllRead()
    {
        // Tables of frequencies that old converters wrote, and that are computed here.
        GgufTensorInfo? other = file.Tensors.FirstOrDefault(
            t => !_read.Contains(t.Name) && !t.Name.EndsWith(".attn_rot_embd", StringComparison.Ordinal) && !t.Name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal));
        if (other is not null)
        {
            throw ModelFormatException.Unsupported(
                file.Path, $"tensor '{other.Name}' belongs to no part of the model that its keys describe.",
                "The model has a part that this engine does not compute; choose another one.");
        }
    }

    /// <summary>The model owns everything now.</summary>
    public void Release() => _given.Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable part in _given)
        {
            part.Dispose();
        }
    }

    private Tensor Read(string name, params ReadOnlySpan<int> shape)
    {
        if (!file.TryFindTensor(name, out GgufTensorInfo? info))
        {
            throw ModelFormatException.MissingTensor(file.Path, name);
        }

        _read.Add(name);
        bool fits = info.Shape.Count == shape.Length;
        for (int i = 0; fits && i < shape.Length; i++)
        {
            fits = info.Shape[i] == shape[i];
        }

        return fits
            ? file.ReadTensor(name)
            : throw ModelFormatException.WrongShape(
                file.Path, name, $"[{string.Join(", ", info.Shape)}]", $"[{string.Join(", ", shape.ToArray())}]");
    }
}
