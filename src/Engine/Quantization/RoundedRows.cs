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

    /// <summary>Lays the parts out.</summary>
    /// <param name="memory">At least <see cref="BytesOf"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="inputs">Numbers of a row, a multiple of 32.</param>
    public RoundedRows(void* memory, int rows, int inputs)
    {
        Rows = rows;
        Inputs = inputs;
        BlockCount = inputs / Size;
        long scaleBytes = (long)rows * BlockCount * sizeof(float);
        Numbers = (sbyte*)memory;
        Scales = (float*)((byte*)memory + ((long)rows * inputs));
        Sums = (float*)((byte*)Scales + (2 * scaleBytes));
        HalfSums = (float*)((byte*)Sums + scaleBytes);
        Totals = (int*)((byte*)HalfSums + (2 * scaleBytes));
    }

    /// <summary>Rows.</summary>
    public int Rows { get; }

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

    /// <summary>Bytes that rows take.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="inputs">Numbers of a row.</param>
    public static long BytesOf(int rows, int inputs) => (long)rows * inputs / Size * (Size + (7 * sizeof(float)));

    /// <summary>[rows, blocks, 2]: the sums of the bytes of the two halves.</summary>
    public int* Totals { get; }

    /// <summary>What the product kernels read of some of the rows.</summary>
    /// <param name="firstRow">The first of them.</param>
    /// <param name="rows">How many.</param>
    /// <param name="yRowStride">Numbers from row to row of the result.</param>
    /// <param name="accumulate">Adds to the result in place of overwriting it.</param>
    public IntegerKernel.Product Product(int firstRow, int rows, nint yRowStride, bool accumulate) => new()
    {
        Numbers = Numbers + ((long)firstRow * Inputs),
        Scales = Scales + ((long)firstRow * BlockCount * 2),
        Sums = Sums + ((long)firstRow * BlockCount),
        HalfSums = HalfSums + ((long)firstRow * BlockCount * 2),
        Rows = rows,
        BlockCount = BlockCount,
        YRowStride = yRowStride,
        Accumulate = accumulate,
    };

    /// <summary>What a row's rounding left over.</summary>
    /// <param name="row">A row that was rounded.</param>
    /// <param name="x">What it was rounded from.</param>
    /// <param name="rest">x - scale · number [inputs].</param>
    public void Rest(int row, float* x, float* rest)
    {
        sbyte* numbers = Numbers + ((long)row * Inputs);
        float* scales = Scales + ((long)row * BlockCount * 2);
        for (int i = 0; i < Inputs; i += Size, scales += 2)
        {
            RestOfBlock(x + i, numbers + i, scales, rest + i);
        }
    }

    /// <summary>The same of one block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void RestOfBlock(float* x, sbyte* numbers, float* scales, float* rest)
    {
        for (int j = 0; j < Size; j += Vector256<float>.Count)
        {
            var words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)(numbers + j)).AsSByte());
            var levels = Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)));
            Vector256.MultiplyAddEstimate(Vector256.Create(-scales[j / HalfSize]), levels, Vector256.Load(x + j)).Store(rest + j);
        }
    }

    /// <summary>Rounds one row.</summary>
    public void Round(int row, float* x)
    {
        sbyte* numbers = Numbers + ((long)row * Inputs);
        float* scales = Scales + ((long)row * BlockCount * 2);
        float* sums = Sums + ((long)row * BlockCount);
        float* halfSums = HalfSums + ((long)row * BlockCount * 2);
        int* totals = Totals + ((long)row * BlockCount * 2);
        for (int block = 0; block < BlockCount; block++, x += Size, numbers += Size, scales += 2, halfSums += 2, totals += 2)
        {
            if (VectorPath.Width == VectorWidth.Plain)
            {
                totals[0] = RoundPlain(x, numbers, scales);
                totals[1] = RoundPlain(x + HalfSize, numbers + HalfSize, scales + 1);
            }
            else
            {
                RoundBlock(x, numbers, scales, totals);
            }

            (halfSums[0], halfSums[1]) = (totals[0] * scales[0], totals[1] * scales[1]);
            sums[block] = float.MultiplyAddEstimate(totals[1], scales[1], halfSums[0]);
        }
    }

    /// <summary>Rounds one block in vectors, both halves at once: each has a lane of 128 bits in what is reduced.</summary>
    /// <param name="x">Its 32 numbers.</param>
    /// <param name="numbers">What they become.</param>
    /// <param name="scales">Of the two halves.</param>
    /// <param name="totals">Sums of the bytes of the two halves.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void RoundBlock(float* x, sbyte* numbers, float* scales, int* totals)
    {
        var a = Vector256.Load(x);
        var b = Vector256.Load(x + 8);
        var c = Vector256.Load(x + 16);
        var d = Vector256.Load(x + 24);
        var first = Vector256.Max(Vector256.Abs(a), Vector256.Abs(b));
        var second = Vector256.Max(Vector256.Abs(c), Vector256.Abs(d));
        var most = Vector256.Max(Vector256.Create(first.GetLower(), second.GetLower()), Vector256.Create(first.GetUpper(), second.GetUpper()));
        most = Vector256.Max(most, Vector256.Shuffle(most, Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5)));
        most = Vector256.Max(most, Vector256.Shuffle(most, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6)));
        Vector256<float> scale = most / Vector256.Create((float)LevelMax);
        var inverse = Vector256.ConditionalSelect(
            Vector256.GreaterThan(most, Vector256<float>.Zero), Vector256.Create((float)LevelMax) / most, Vector256<float>.Zero);
        var inverseOfFirst = Vector256.Create(inverse.GetLower(), inverse.GetLower());
        var inverseOfSecond = Vector256.Create(inverse.GetUpper(), inverse.GetUpper());
        Vector256<int> i = Nearest(a * inverseOfFirst);
        Vector256<int> j = Nearest(b * inverseOfFirst);
        Vector256<int> k = Nearest(c * inverseOfSecond);
        Vector256<int> l = Nearest(d * inverseOfSecond);
        Vector256.Narrow(Vector256.Narrow(i, j), Vector256.Narrow(k, l)).Store(numbers);
        (i, k) = (i + j, k + l);
        var total = Vector256.Create(i.GetLower(), k.GetLower()) + Vector256.Create(i.GetUpper(), k.GetUpper());
        total += Vector256.Shuffle(total, Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5));
        total += Vector256.Shuffle(total, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6));
        (scales[0], scales[1]) = (scale.ToScalar(), scale.GetUpper().ToScalar());
        (totals[0], totals[1]) = (total.ToScalar(), total.GetUpper().ToScalar());
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
        => Vector256.ConvertToInt32Native(Vector256.Round(x));
}
