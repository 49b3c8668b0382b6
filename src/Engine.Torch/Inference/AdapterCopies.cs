using Ratchet.Engine.Models;
using Ratchet.Engine.Torch.Devices;
using Ratchet.Engine.Torch.Passes;
using static TorchSharp.torch;

namespace Ratchet.Engine.Torch.Inference;

/// <summary>Copies of adapters on a device, the most recently used ones.</summary>
/// <remarks>A served adapter never changes, so a copy is taken once. Those that nobody holds any more are let go before the next pass.</remarks>
internal sealed class AdapterCopies(DecoderModel model, TorchDevice device) : IDisposable
{
    private const int CopiesMax = 32;

    private readonly List<Copy> _copies = [];

    /// <summary>An adapter's factors on the device; taken there where they are not.</summary>
    /// <exception cref="DeviceMemoryException">The device has too little memory.</exception>
    public Copy Of(ILowRankAdapter adapter)
    {
        int at = _copies.FindIndex(c => c.IsOf(adapter));
        Copy copy = at >= 0 ? _copies[at] : new Copy(adapter, model, device);
        if (at >= 0)
        {
            _copies.RemoveAt(at);
        }

        _copies.Insert(0, copy);
        return copy;
    }

    /// <summary>Lets go of copies whose adapter is gone, and of those used longest ago; not while a pass runs.</summary>
    public void Trim()
    {
        for (int i = _copies.Count - 1; i >= 0; i--)
        {
            if (i >= CopiesMax || !_copies[i].IsAlive)
            {
                _copies[i].Dispose();
                _copies.RemoveAt(i);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _copies.ForEach(copy => copy.Dispose());
        _copies.Clear();
    }

    /// <summary>One adapter on the device.</summary>
    internal sealed unsafe class Copy : IAdapterNumbers, IDisposable
    {
        private readonly WeakReference<ILowRankAdapter> _adapter;
        private readonly Dictionary<int, LayerFactors> _factors = [];
        private readonly List<Tensor> _tensors = [];
        private readonly TorchDevice _device;

        public Copy(ILowRankAdapter adapter, DecoderModel model, TorchDevice device)
        {
            (_adapter, _device) = (new WeakReference<ILowRankAdapter>(adapter), device);
            long vocabulary = model.Config.VocabularySize;
            long hidden = model.Config.HiddenSize;
            foreach (LinearLayer layer in model.Linears)
            {
                if (Factors(adapter.Factors(layer.Index), layer.Inputs, layer.Outputs) is { } factors)
                {
                    _factors[layer.Index] = factors;
                }
            }

            Head = Upload(adapter.Head, vocabulary, hidden);
            HeadBias = Upload(adapter.HeadBias, vocabulary);
            Embedding = Upload(adapter.Embedding, vocabulary, hidden);
            EmbeddingFactors = Factors(adapter.EmbeddingFactors, vocabulary, hidden);
        }

        public Tensor? Head { get; }

        public Tensor? HeadBias { get; }

        public Tensor? Embedding { get; }

        public LayerFactors? EmbeddingFactors { get; }

        public bool IsAlive => _adapter.TryGetTarget(out _);

        public bool IsOf(ILowRankAdapter adapter) => _adapter.TryGetTarget(out ILowRankAdapter? own) && ReferenceEquals(own, adapter);

        public LayerFactors? Of(LinearLayer layer) => _factors.GetValueOrDefault(layer.Index);

        public void Dispose() => _tensors.ForEach(tensor => tensor.Dispose());

        private LayerFactors? Factors(LowRankFactors factors, long inputs, long outputs) => factors.Rank == 0
            ? null
            : new LayerFactors(
                Upload(factors.A, factors.Rank, inputs)!, Upload(factors.B, factors.Rank, outputs)!, factors.Scale, Upload(factors.Gain, outputs));

        private Tensor? Upload(float* from, params long[] shape)
        {
            if (from == null)
            {
                return null;
            }

            Tensor tensor = HostCopy.Upload((byte*)from, ScalarType.Float32, shape, _device).DetachFromDisposeScope();
            _tensors.Add(tensor);
            return tensor;
        }
    }
}
