using Ratchet.Engine.Models;
using static TorchSharp.torch;

namespace Ratchet.Engine.Torch.Passes;

/// <summary>The numbers of an adapter on a device.</summary>
internal interface IAdapterNumbers
{
    /// <summary>A head in place of the model's [vocabulary, hidden], or null.</summary>
    Tensor? Head { get; }

    /// <summary>A bias of the head in place of the model's [vocabulary], or null.</summary>
    Tensor? HeadBias { get; }

    /// <summary>Token embeddings in place of the model's [vocabulary, hidden], or null.</summary>
    Tensor? Embedding { get; }

    /// <summary>What is added to token embeddings, A being [rank, vocabulary]; or null.</summary>
    LayerFactors? EmbeddingFactors { get; }

    /// <summary>What is added to a layer, or null.</summary>
    LayerFactors? Of(LinearLayer layer);
}

/// <summary>A layer's factors, in single precision.</summary>
/// <param name="A">[rank, inputs].</param>
/// <param name="B">B transposed [rank, outputs].</param>
/// <param name="Scale">Factor on their product.</param>
/// <param name="Gain">DoRA's factor on each output before the bias [outputs], or null.</param>
internal sealed record LayerFactors(Tensor A, Tensor B, float Scale, Tensor? Gain = null);
