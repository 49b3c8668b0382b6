using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Torch.Devices;
using static TorchSharp.torch;

namespace Ratchet.Engine.Torch.Passes;

/// <summary>Rotary positions of some rows, with the angles of the managed engine.</summary>
/// <param name="cosine">[rows, 1, half].</param>
/// <param name="sine">[rows, 1, half].</param>
internal sealed unsafe class RotaryAngles(Tensor cosine, Tensor sine)
{
    /// <summary>Angles of each row's position; null where the model does not turn.</summary>
    /// <param name="positions">[rows].</param>
    /// <param name="config">Frequencies, or null.</param>
    /// <param name="device">Where to.</param>
    public static RotaryAngles? Of(ReadOnlySpan<int> positions, RotaryConfig? config, TorchDevice device)
    {
        if (config is null)
        {
            return null;
        }

        float[] frequencies = config.InverseFrequencies();
        int rows = positions.Length;
        int half = frequencies.Length;
        float[] cosines = new float[rows * half];
        float[] sines = new float[rows * half];
        fixed (float* cosine = cosines, sine = sines, frequency = frequencies)
        fixed (int* position = positions)
        {
            RotaryKernel.Angles(cosine, sine, position, frequency, rows, half, config.Magnitude);
        }

        return new RotaryAngles(HostCopy.Floats(cosines, [rows, 1, half], device), HostCopy.Floats(sines, [rows, 1, half], device));
    }

    /// <summary>Turns the first numbers of each head; those after 2 · half stay.</summary>
    /// <param name="x">[rows, heads, headSize].</param>
    public Tensor Turn(Tensor x)
    {
        long half = cosine.shape[2];
        long rest = x.shape[2] - (2 * half);
        Tensor first = x.narrow(2, 0, half);
        Tensor second = x.narrow(2, half, half);
        Tensor turnedFirst = first.mul(cosine).sub(second.mul(sine));
        Tensor turnedSecond = second.mul(cosine).add(first.mul(sine));
        return rest == 0 ? cat([turnedFirst, turnedSecond], 2) : cat([turnedFirst, turnedSecond, x.narrow(2, 2 * half, rest)], 2);
    }
}
