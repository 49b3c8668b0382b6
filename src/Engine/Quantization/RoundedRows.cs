using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Quantization;

/// <summary>Activations rounded to signed bytes in blocks of 32: number = scale · byte.</summary>
internal readonly unsafe struct RoundedRows
{
    private const int Size = TileLayout.Inputs;
    private const int LevelMax = 127;

    /// <summary>Lays the parts out in scratch memory of this thread; it is valid until the next product on this thread.</summary>
    public RoundedRows(int rows, int inputs)
    {
        Inputs = inputs;
        BlockCount = inputs / Size;
        long scaleBytes = (long)rows * BlockCount * sizeof(float);
        byte* memory = (byte*)KernelScratch.Get(KernelScratch.Part.Activations, ((long)rows * inputs) + (2 * scaleBytes));
        Numbers = (sbyte*)memory;
        Scales = (float*)(memory + ((long)rows * inputs));
        Sums = (float*)(memory + ((long)rows * inputs) + scaleBytes);
    }

    /// <summary>Bytes of a row.</summary>
    public int Inputs { get; }

    /// <summary>Blocks of a row.</summary>
    public int BlockCount { get; }

    /// <summary>[rows, inputs], each in [-127, 127].</summary>
    public sbyte* Numbers { get; }

    /// <summary>[rows, blocks].</summary>
    public float* Scales { get; }

    /// <summary>
    /// [rows, blocks]: what the form's offset takes, the sum of the block's numbers for a minimum, else the sum of its bytes times the center.
    /// </summary>
    public float* Sums { get; }

    /// <summary>Rounds one row.</summary>
    public void Round<TForm>(int row, float* x)
        where TForm : IBlockForm
    {
        sbyte* numbers = Numbers + ((long)row * Inputs);
        float* scales = Scales + ((long)row * BlockCount);
        float* sums = Sums + ((long)row * BlockCount);
        for (int block = 0; block < BlockCount; block++)
        {
            int sum = VectorPath.Width == VectorWidth.Plain
                ? RoundBlockPlain(x + (block * Size), numbers + (block * Size), scales + block)
                : RoundBlock(x + (block * Size), numbers + (block * Size), scales + block);
            sums[block] = TForm.HasMinimum ? scales[block] * sum : TForm.Center * sum;
        }
    }

    private static int RoundBlock(float* x, sbyte* numbers, float* scale)
    {
        var a = Vector256.Load(x);
        var b = Vector256.Load(x + 8);
        var c = Vector256.Load(x + 16);
        var d = Vector256.Load(x + 24);
        var most = Vector256.Max(
            Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(d)));
        var four = Vector128.Max(most.GetLower(), most.GetUpper());
        four = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        float largest = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2))).ToScalar();
        *scale = largest / LevelMax;
        var inverse = Vector256.Create(largest > 0f ? LevelMax / largest : 0f);
        Vector256<int> ra = Nearest(a * inverse);
        Vector256<int> rb = Nearest(b * inverse);
        Vector256<int> rc = Nearest(c * inverse);
        Vector256<int> rd = Nearest(d * inverse);
        Vector256.Narrow(Vector256.Narrow(ra, rb), Vector256.Narrow(rc, rd)).Store(numbers);
        return Vector256.Sum((ra + rb) + (rc + rd));
    }

    private static int RoundBlockPlain(float* x, sbyte* numbers, float* scale)
    {
        float largest = 0f;
        for (int i = 0; i < Size; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(x[i]));
        }

        *scale = largest / LevelMax;
        float inverse = largest > 0f ? LevelMax / largest : 0f;
        int sum = 0;
        for (int i = 0; i < Size; i++)
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
