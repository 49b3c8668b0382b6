using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Tensors of a model's files with the shapes that the model needs, freed together where loading fails half way.</summary>
internal interface ITensorSource : IDisposable
{
    /// <summary>The file or folder, for messages.</summary>
    string Path { get; }

    /// <summary>Whether there is a tensor of this name.</summary>
    bool Has(string name);

    /// <summary>A matrix in its stored numbers or blocks.</summary>
    /// <param name="name">The file's name for it.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    /// <param name="rotaryHeads">Heads whose rows stand in rotary pairs, to be put apart; 0 where they do not.</param>
    /// <param name="isTransposed">Whether the file holds [inputs, outputs].</param>
    WeightMatrix Matrix(string name, int outputs, int inputs, int rotaryHeads = 0, bool isTransposed = false);

    /// <summary>A table or vector in single precision.</summary>
    Tensor Floats(string name, params ReadOnlySpan<int> shape);

    /// <summary>A vector in single precision.</summary>
    /// <param name="name">The file's name for it.</param>
    /// <param name="count">Numbers.</param>
    /// <param name="rotaryHeads">As of the matrix that it is added to the products of.</param>
    Tensor Vector(string name, int count, int rotaryHeads)
        => rotaryHeads == 0 ? Floats(name, count) : throw new NotSupportedException("Only GGUF files hold rows in rotary pairs.");

    /// <summary>The model owns everything now.</summary>
    void Release();
}
