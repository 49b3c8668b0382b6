using System.Diagnostics.CodeAnalysis;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Torch.Devices;
using TorchSharp;
using static TorchSharp.torch;
using HostTensor = Ratchet.Engine.Tensors.Tensor;
using Tensor = TorchSharp.torch.Tensor;

namespace Ratchet.Engine.Torch.Weights;

/// <summary>A weight [outputs, inputs] on a device: dequantised once, or in its stored blocks and dequantised at each use.</summary>
[SuppressMessage("Reliability", "CA2000", Justification = "Tensors of a scope end with it.")]
internal sealed unsafe class DeviceWeight : IDisposable
{
    // Numbers that are single precision at once while a weight is dequantised: 64 MiB of them.
    private const long NumbersAtOnce = 1L << 24;

    private readonly ScalarType _type;
    private readonly Tensor? _dense;
    private readonly BlockParts? _blocks;

    /// <summary>Takes a weight to a device.</summary>
    /// <param name="weight">Shared, not owned.</param>
    /// <param name="device">Where to, and in which numbers.</param>
    /// <param name="keepsBlocks">Whether to keep the stored blocks; types whose blocks the device does not know become dense all the same.</param>
    public DeviceWeight(WeightMatrix weight, TorchDevice device, bool keepsBlocks)
    {
        (_type, Outputs, Inputs) = (device.WeightType, weight.Outputs, weight.Inputs);
        using DisposeScope scope = NewDisposeScope();
        using var stored = weight.ToTensor();
        bool knows = BlockParts.Knows(weight.Type);
        if (knows && keepsBlocks)
        {
            _blocks = BlockParts.Own([.. Pieces(stored).Select(p => BlockParts.Upload(stored.Type, p.From, p.Rows, Inputs, device))]);
            return;
        }

        Tensor dense = empty([Outputs, Inputs], dtype: _type, device: device.Handle);
        foreach (Piece piece in Pieces(stored))
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor numbers = knows
                ? BlockParts.Upload(stored.Type, piece.From, piece.Rows, Inputs, device).Dequantize()
                : OnHost(stored.Type, piece, device);
            dense.narrow(0, piece.First, piece.Rows).copy_(numbers);
        }

        _dense = dense.DetachFromDisposeScope();
    }

    /// <summary>Rows.</summary>
    public int Outputs { get; }

    /// <summary>Columns.</summary>
    public int Inputs { get; }

    /// <summary>Whether the stored blocks are kept, so that <see cref="Dense"/> makes a new tensor each time.</summary>
    public bool KeepsBlocks => _blocks is not null;

    /// <summary>[outputs, inputs] in the device's numbers; the caller's scope owns it where blocks are kept.</summary>
    public Tensor Dense() => _dense ?? _blocks!.Dequantize().to(_type);

    /// <summary>Rows in single precision: embeddings.</summary>
    /// <param name="rows">Int64, each in [0, outputs).</param>
    public Tensor Rows(Tensor rows) => _dense is null ? _blocks!.Dequantize(rows) : _dense.index_select(0, rows).to(ScalarType.Float32);

    /// <inheritdoc/>
    public void Dispose()
    {
        _dense?.Dispose();
        _blocks?.Dispose();
    }

    private List<Piece> Pieces(HostTensor stored)
    {
        var pieces = new List<Piece>();
        long perPiece = Math.Max(1, NumbersAtOnce / Inputs);
        long rowBytes = stored.Type.RowBytes(Inputs);
        for (long first = 0; first < Outputs; first += perPiece)
        {
            pieces.Add(new Piece(stored.Pointer + (first * rowBytes), first, Math.Min(perPiece, Outputs - first)));
        }

        return pieces;
    }

    private Tensor OnHost(ElementType type, in Piece piece, TorchDevice device)
    {
        int rowBytes = checked((int)type.RowBytes(Inputs));
        float[] numbers = new float[checked(piece.Rows * Inputs)];
        for (int row = 0; row < piece.Rows; row++)
        {
            BlockCodec.Dequantize(type, new ReadOnlySpan<byte>(piece.From + ((long)row * rowBytes), rowBytes), numbers.AsSpan(row * Inputs, Inputs));
        }

        return HostCopy.Floats(numbers, [piece.Rows, Inputs], device);
    }

    private readonly struct Piece(byte* from, long first, long rows)
    {
        public byte* From => from;

        public long First => first;

        public long Rows => rows;
    }
}
