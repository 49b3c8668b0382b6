using Ratchet.Engine.Models;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Torch.Devices;
using Ratchet.Engine.Torch.Passes;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Ratchet.Engine.Torch.Inference;

/// <summary>Prefill and decode of several sequences in one pass over the weights, with torch.</summary>
/// <remarks>
/// Torch chooses its kernels by the number of rows, so a sequence's numbers may differ in their last bits between a pass alone and a pass
/// with others; in the managed engine they do not.
/// </remarks>
internal sealed unsafe class TorchInferenceBackend : IInferenceBackend
{
    // Rows of logits that exist at once where only likelihoods are wanted.
    private const int ScoreRows = 256;
    private const string Remedy =
        "Lower Inference:TokensPerPass, Inference:SequencesMax or Inference:CacheMegabytesMax, or keep the weights in their blocks with Engine:Weights=blocks.";

    private readonly DecoderLease _lease;
    private readonly DeviceDecoder _decoder;
    private readonly TorchDevice _device;
    private readonly AdapterCopies _adapters;
    private NativeBuffer? _logits;

    /// <summary>Takes a share in a model's weights.</summary>
    /// <param name="lease">Owned from here on.</param>
    /// <param name="tokensMax">Tokens of one pass, all pieces together.</param>
    /// <param name="device">Where the weights are.</param>
    public TorchInferenceBackend(DecoderLease lease, int tokensMax, TorchDevice device)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokensMax, 1);
        (_lease, _decoder, TokensMax, _device) = (lease, lease.Decoder, tokensMax, device);
        _adapters = new AdapterCopies(_decoder.Model, device);
    }

    /// <inheritdoc/>
    public ModelConfig Config => _decoder.Config;

    /// <inheritdoc/>
    public int TokensMax { get; }

    /// <inheritdoc/>
    public int LogitRowCount { get; private set; }

    /// <inheritdoc/>
    public ISequenceCache CreateCache(int capacity) => new TorchSequenceCache(Config, capacity, _device);

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<SequencePiece> pieces) => Pass(pieces.ToArray(), null);

    /// <inheritdoc/>
    public void Score(ReadOnlySpan<SequencePiece> pieces, Span<float> logProbabilities)
    {
        float[] scores = new float[logProbabilities.Length];
        Pass(pieces.ToArray(), scores);
        scores.CopyTo(logProbabilities);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Logits(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, LogitRowCount);
        return new ReadOnlySpan<float>((float*)_logits!.Pointer + ((long)row * Config.VocabularySize), Config.VocabularySize);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _adapters.Dispose();
        _lease.Dispose();
        _logits?.Dispose();
    }

    private void Pass(SequencePiece[] pieces, float[]? scores)
    {
        PieceCheck.Require(pieces, Config, TokensMax, _device);
        _adapters.Trim();
        _device.Run($"A pass over {pieces.Sum(p => p.Tokens.Length)} tokens", Remedy, () =>
        {
            using IDisposable noTape = no_grad();
            var rows = new PieceRows(pieces, Config, _adapters, _device);
            Tensor x = rows.Embed(_decoder);
            for (int layer = 0; layer < Config.LayerCount; layer++)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor next = _decoder.Block(layer, x, rows).MoveToOuterDisposeScope();
                x.Dispose();
                x = next;
            }

            if (scores is not null)
            {
                ScoreTargets(pieces, rows, x, scores);
            }

            ComputeLogits(pieces, rows, x);
            rows.Commit();
        });
    }

    private void ComputeLogits(SequencePiece[] pieces, PieceRows rows, Tensor x)
    {
        var wanted = new List<Wanted>();
        for (int i = 0; i < pieces.Length; i++)
        {
            int tokens = pieces[i].Tokens.Length;
            int count = pieces[i].Rows switch
            {
                LogitRows.All => tokens,
                LogitRows.Last => 1,
                _ => 0,
            };
            int first = rows.FirstRow(i) + tokens - count;
            IAdapterNumbers? adapter = rows.AdapterOf(i);
            wanted.AddRange(Enumerable.Range(first, count).Select(row => new Wanted(row, adapter)));
        }

        float* into = Reserve(wanted.Count);
        foreach (Wanted[] run in Runs(wanted, int.MaxValue))
        {
            HostCopy.Download(into, _decoder.Logits(Pick(x, run), run[0].Head));
            into += (long)run.Length * Config.VocabularySize;
        }

        LogitRowCount = wanted.Count;
    }

    private void ScoreTargets(SequencePiece[] pieces, PieceRows rows, Tensor x, float[] scores)
    {
        var asked = new List<Wanted>();
        int place = 0;
        for (int i = 0; i < pieces.Length; i++)
        {
            ReadOnlySpan<int> targets = pieces[i].Targets.Span;
            for (int t = 0; t < pieces[i].Tokens.Length; t++, place++)
            {
                if (t < targets.Length && targets[t] >= 0)
                {
                    asked.Add(new Wanted(rows.FirstRow(i) + t, rows.AdapterOf(i), targets[t], place));
                }
            }
        }

        foreach (Wanted[] run in Runs(asked, ScoreRows))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor targets = HostCopy.Ids(run.Select(w => w.Target).ToArray(), _device).unsqueeze(1);
            Tensor likely = _decoder.Logits(Pick(x, run), run[0].Head).log_softmax(1).gather(1, targets);
            float[] numbers = new float[run.Length];
            fixed (float* into = numbers)
            {
                HostCopy.Download(into, likely);
            }

            for (int i = 0; i < run.Length; i++)
            {
                scores[run[i].Place] = numbers[i];
            }
        }
    }

    private Tensor Pick(Tensor x, Wanted[] run) => x.index_select(0, HostCopy.Ids(run.Select(w => w.Row).ToArray(), _device));

    // Neighbours that share a head, at most so many.
    private static IEnumerable<Wanted[]> Runs(List<Wanted> wanted, int rowsMax)
    {
        for (int first = 0, end; first < wanted.Count; first = end)
        {
            end = first + 1;
            while (end < wanted.Count && end - first < rowsMax && wanted[end].Head == wanted[first].Head)
            {
                end++;
            }

            yield return [.. wanted.GetRange(first, end - first)];
        }
    }

    private float* Reserve(int rows)
    {
        long bytes = (long)rows * Config.VocabularySize * sizeof(float);
        if (_logits is null || _logits.Length < bytes)
        {
            _logits?.Dispose();
            _logits = null;
            _logits = new NativeBuffer(bytes);
        }

        return (float*)_logits.Pointer;
    }

    private readonly record struct Wanted(int Row, IAdapterNumbers? Adapter, int Target = 0, int Place = 0)
    {
        // Rows of adapters without a head of their own go together.
        public IAdapterNumbers? Head => Adapter is { Head: null, HeadBias: null } ? null : Adapter;
    }
}
