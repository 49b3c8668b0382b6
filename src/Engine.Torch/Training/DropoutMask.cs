using Ratchet.Engine.Kernels;
using Ratchet.Engine.Torch.Devices;
using static TorchSharp.torch;

namespace Ratchet.Engine.Torch.Training;

/// <summary>The masks of <see cref="DropoutKernel"/>, made on a device: a run that goes on elsewhere drops the same elements.</summary>
internal static class DropoutMask
{
    private const long Word = 0xFFFFFFFFL;

    /// <summary>1 / (1 - chance) where an element is kept, else 0: [rows, dim].</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    /// <param name="chance">Of an element to be zeroed, in [0, 1).</param>
    /// <param name="key">Which mask.</param>
    /// <param name="device">Where.</param>
    public static Tensor Of(int rows, int dim, float chance, ulong key, TorchDevice device)
    {
        using IDisposable noTape = no_grad();
        long[] low = new long[rows];
        long[] high = new long[rows];
        for (int row = 0; row < rows; row++)
        {
            ulong rowKey = DropoutKernel.Key(key, (ulong)row);
            (low[row], high[row]) = ((uint)rowKey, (uint)(rowKey >> 32));
        }

        // 32-bit words in 64-bit numbers: torch's shifts are arithmetic. A product may overflow, its lower word is right all the same.
        Tensor word = tensor(Word, device: device.Handle);
        Tensor x = arange(0, dim, dtype: ScalarType.Int64, device: device.Handle).unsqueeze(0).add(Column(low)).bitwise_and(word).bitwise_xor(Column(high));
        x = Shifted(x, 16).mul(0x7feb352dL).bitwise_and(word);
        x = Shifted(x, 15).mul(0x846ca68bL).bitwise_and(word);
        x = Shifted(x, 16);
        long threshold = (uint)(chance * (double)uint.MaxValue);
        return x.ge(threshold).to(ScalarType.Float32).mul(1f / (1f - chance));

        Tensor Column(long[] values) => tensor(values, dtype: ScalarType.Int64).to(device.Handle).unsqueeze(1);

        Tensor Shifted(Tensor value, long by) => value.bitwise_xor(value.bitwise_right_shift(tensor(by, device: device.Handle)));
    }
}
