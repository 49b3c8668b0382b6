using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Quantization;

/// <summary>Activations rounded to signed bytes, number = scale · byte, with a scale for each half of a block of 32.</summary>
/// <remarks>The largest of 16 numbers is nearer to the others than the largest of 32: a quarter less squared error for one more product.</remarks>
internal readonly unsafe struct RoundedRows
{
    private const int Size = TileLayout.Inputs;
    private const int HalfSize = Size / 2;
    private const int LevelMax = 127;

    /// <summary>Lays the parts out in scratch memory of this thread; it is valid until the next product on this thread.</summary>
    public RoundedRows(int rows, int inputs)
    {
        Inputs = inputs;
        BlockCount = inputs / Size;
        long scaleBytes = (long)rows * BlockCount * sizeof(float);
        byte* memory = (byte*)KernelScratch.Get(KernelScratch.Part.Activations, ((long)rows * inputs) + (5 * scaleBytes));
        Numbers = (sbyte*)memory;
        Scales = (float*)(memory + ((long)rows * inputs));
        Sums = (float*)(memory + ((long)rows * inputs) + (2 * scaleBytes));
        HalfSums = (float*)(memory + ((long)rows * inputs) + (3 * scaleBytes));
    }

    /// <summary>Bytes of a row.</summary>
    public int Inputs { get; }

    /// <summary>Blocks of a row.</summary>
    public int BlockCount { get; }

    /// <summary>[rows, inputs], each in [-127, 127].</summary>
    public sbyte* Numbers { get; }

    /// <summary>[rows, blocks, 2].</summary>
    public float* Scales { get; }

    /// <summary>[rows, blocks]: the sum of the block's numbers as rounded, which a minimum or a center is multiplied by.</summary>
    public float* Sums { get; }

    /// <summary>[rows, blocks, 2]: the sums of the two halves, for types with a minimum for every 16 numbers.</summary>
    public float* HalfSums { get; }

    /// <summary>Rounds one row.</summary>
    public void Round(int row, float* x)
    {
        sbyte* numbers = Numbers + ((long)row * Inputs);
        float* scales = Scales + ((long)row * BlockCount * 2);
        float* sums = Sums + ((long)row * BlockCount);
        float* halfSums = HalfSums + ((long)row * BlockCount * 2);
        for (int block = 0; block < BlockCount; block++, x += Size, numbers += Size, scales += 2, halfSums += 2)
        {
            if (VectorPath.Width == VectorWidth.Plain)
            {
                int first = RoundPlain(x, numbers, scales);
                int second = RoundPlain(x + HalfSize, numbers + HalfSize, scales + 1);
                sums[block] = float.MultiplyAddEstimate(second, scales[1], first * scales[0]);
                (halfSums[0], halfSums[1]) = (first * scales[0], second * scales[1]);
            }
            else
            {
                sums[block] = RoundBlock(x, numbers, scales, halfSums);
            }
        }
    }

    private static float RoundBlock(float* x, sbyte* numbers, float* scales, float* halfSums)
    {
        (Vector256<int> a, Vector256<int> b) = RoundHalf(x, scales);
        (Vector256<int> c, Vector256<int> d) = RoundHalf(x + HalfSize, scales + 1);
        Vector256.Narrow(Vector256.Narrow(a, b), Vector256.Narrow(c, d)).Store(numbers);
        (float first, float second) = (Vector256.Sum(a + b), Vector256.Sum(c + d));
        (halfSums[0], halfSums[1]) = (first * scales[0], second * scales[1]);
        return float.MultiplyAddEstimate(second, scales[1], halfSums[0]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<int> First, Vector256<int> Second) RoundHalf(float* x, float* scale)
    {
        var a = Vector256.Load(x);
        var b = Vector256.Load(x + 8);
        var most = Vector256.Max(Vector256.Abs(a), Vector256.Abs(b));
        var four = Vector128.Max(most.GetLower(), most.GetUpper());
        four = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        float largest = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2))).ToScalar();
        *scale = largest / LevelMax;
        var inverse = Vector256.Create(largest > 0f ? LevelMax / largest : 0f);
        return (Nearest(a * inverse), Nearest(b * inverse));
    }

    private static int RoundPlain(float* x, sbyte* numbers, float* scale)
    {
        float largest = 0f;
        for (int i = 0; i < HalfSize; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(x[i]));
        }

        *scale = largest / LevelMax;
        float inverse = largest > 0f ? LevelMax / largest : 0f;
        int sum = 0;
        for (int i = 0; i < HalfSize; i++)
        {
            int number = (int)MathF.Round(x[i] * inverse, MidpointRounding.ToEven);
            numbers[i] = (sbyte)number;
            sum += number;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Nearest(Vector256<float> x)
        => Vector256.ConvertToInt32Native(Vector256.Round(x, MidpointRounding.ToEven));
}
