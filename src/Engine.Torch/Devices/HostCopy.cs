using TorchSharp;
using static TorchSharp.torch;
using HostTensor = Ratchet.Engine.Tensors.Tensor;

namespace Ratchet.Engine.Torch.Devices;

/// <summary>Copies between the engine's memory and tensors, in pieces that a span can hold.</summary>
internal static unsafe class HostCopy
{
    private const long PieceBytesMax = 1L << 28;

    /// <summary>A tensor of bytes as they stand in memory, reinterpreted as <paramref name="type"/>.</summary>
    /// <param name="from">As many bytes as the shape takes.</param>
    /// <param name="type">How they are read.</param>
    /// <param name="shape">Outermost dimension first.</param>
    /// <param name="device">Where it ends up.</param>
    public static Tensor Upload(byte* from, ScalarType type, long[] shape, TorchDevice device)
    {
        Tensor host = empty(shape, dtype: type);
        Tensor flat = host.view(-1);
        long size = flat.element_size();
        long perPiece = PieceBytesMax / size;
        long count = flat.numel();
        for (long at = 0; at < count; at += perPiece)
        {
            long piece = Math.Min(perPiece, count - at);
            using Tensor part = flat.narrow(0, at, piece);
            part.bytes = new Span<byte>(from + (at * size), checked((int)(piece * size)));
        }

        return host.to(device.Handle);
    }

    /// <summary>Writes all numbers of a tensor to the engine's memory.</summary>
    /// <param name="into">As many floats as the tensor has.</param>
    /// <param name="tensor">Of single precision, contiguous.</param>
    public static void Download(float* into, Tensor tensor)
    {
        Tensor flat = tensor.cpu().view(-1);
        long count = flat.numel();
        const long PerPiece = PieceBytesMax / sizeof(float);
        for (long at = 0; at < count; at += PerPiece)
        {
            int piece = (int)Math.Min(PerPiece, count - at);
            using Tensor part = flat.narrow(0, at, piece);
            part.bytes.CopyTo(new Span<byte>(into + at, piece * sizeof(float)));
        }
    }

    /// <summary>Row numbers, token ids or targets.</summary>
    public static Tensor Ids(ReadOnlySpan<int> values, TorchDevice device)
    {
        long[] wide = new long[values.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = values[i];
        }

        return tensor(wide, dtype: ScalarType.Int64).to(device.Handle);
    }

    /// <summary>A gain or bias of the engine on the device, outside of every dispose scope.</summary>
    /// <param name="vector">Of single precision.</param>
    /// <param name="device">Where to.</param>
    /// <param name="offset">Added to each number.</param>
    public static Tensor Vector(HostTensor vector, TorchDevice device, float offset = 0f)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor numbers = Upload(vector.Pointer, ScalarType.Float32, [vector.Count], device);
        return (offset == 0f ? numbers : numbers.add(offset)).DetachFromDisposeScope();
    }

    /// <summary>Numbers in single precision.</summary>
    public static Tensor Floats(ReadOnlySpan<float> values, long[] shape, TorchDevice device)
    {
        fixed (float* from = values)
        {
            return Upload((byte*)from, ScalarType.Float32, shape, device);
        }
    }
}
