namespace Ratchet.TestKit;

/// <summary>Compares float buffers the way numpy's allclose does: |a - e| ≤ atol + rtol · |e|.</summary>
public static class TensorAssert
{
    /// <summary>Throws with the worst element, its index and both values when any element is out of tolerance.</summary>
    public static void Close(
        ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float atol, float rtol, string what)
    {
        if (expected.Length != actual.Length)
        {
            throw new TensorMismatchException($"{what}: expected {expected.Length} elements, got {actual.Length}.");
        }

        int worst = -1;
        float worstExcess = 0f;
        for (int i = 0; i < expected.Length; i++)
        {
            float excess = MathF.Abs(actual[i] - expected[i]) - (atol + (rtol * MathF.Abs(expected[i])));
            if (float.IsNaN(excess) || excess > worstExcess)
            {
                (worst, worstExcess) = (i, float.IsNaN(excess) ? float.PositiveInfinity : excess);
            }
        }

        if (worst >= 0)
        {
            throw new TensorMismatchException(
                $"{what}: element {worst} of {expected.Length} is {actual[worst]:G9}, expected {expected[worst]:G9} " +
                $"(atol {atol:G3}, rtol {rtol:G3}).");
        }
    }
}

/// <summary>Two tensors differ by more than the test allows.</summary>
public sealed class TensorMismatchException(string message) : Exception(message);
