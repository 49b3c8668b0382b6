using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>Products of rounded activations with a row of tiles: integers within a block, single precision over the blocks.</summary>
/// <remarks>
/// <code>
/// s[h]   = Σ over half a block of q[o,j] · x[i,j]       exact, in integers
/// y[i,o] = Σ over the blocks, in order, of  d[o] · (scale[i,0] · s[0] + scale[i,1] · s[1]) + offset[o] · sum[i]
/// </code>
/// where the offset is the block's minimum, or -d · center, or nothing for bytes. Levels are unsigned (below 32, or the absolute value of
/// a byte), so that pairs of products fit 16 bits: 8 · 31 · 127 = 31,496 for half a block, 2 · 128 · 127 for bytes.
/// </remarks>
internal static unsafe partial class IntegerKernel
{
    private const int GroupBytes = TileLayout.Outputs * 4;

    // Multiplied by four bits this puts bit i at bit 8 · i + 4: the fifth bits of four neighbours.
    private const int SpreadFifthBits = 0x02040810;
    private const int FifthBitMask = 0x10101010;

    /// <summary>Multiplies all rows by one row of tiles of any type in blocks.</summary>
    /// <param name="type">How the weights are stored.</param>
    /// <param name="product">Activations and results.</param>
    /// <param name="tiles">The row of tiles.</param>
    /// <param name="y">Result of row 0 for the first output of the tiles.</param>
    /// <param name="outputs">Outputs wanted, up to 16.</param>
    public static void MultiplyRow(ElementType type, in Product product, byte* tiles, float* y, int outputs)
    {
        switch (type)
        {
            case ElementType.Q4_0:
                MultiplyRow<Q4_0Form>(product, tiles, y, outputs);
                return;
            case ElementType.Q4_1:
                MultiplyRow<Q4_1Form>(product, tiles, y, outputs);
                return;
            case ElementType.Q5_0:
                MultiplyRow<Q5_0Form>(product, tiles, y, outputs);
                return;
            case ElementType.Q5_1:
                MultiplyRow<Q5_1Form>(product, tiles, y, outputs);
                return;
            case ElementType.Q8_0:
                MultiplyRow<Q8_0Form>(product, tiles, y, outputs);
                return;
            default:
                SubTileProduct.MultiplyRow(type, product, tiles, y, outputs);
                return;
        }
    }

    /// <summary>Multiplies all rows by one row of tiles.</summary>
    /// <param name="product">Activations and results.</param>
    /// <param name="tiles">The row of tiles.</param>
    /// <param name="y">Result of row 0 for the first output of the tiles.</param>
    /// <param name="outputs">Outputs wanted, up to 16.</param>
    public static void MultiplyRow<TForm>(in Product product, byte* tiles, float* y, int outputs)
        where TForm : struct, IBlockForm
    {
        if (outputs == TileLayout.Outputs)
        {
            MultiplyWhole<TForm>(product, tiles, y);
            return;
        }

        // Whole vectors are stored, so the last outputs go by way of a buffer.
        const int RowsBuffered = 4;
        float* buffer = stackalloc float[RowsBuffered * TileLayout.Outputs];
        for (int row = 0; row < product.Rows; row += RowsBuffered)
        {
            Product part = product;
            part.Rows = Math.Min(RowsBuffered, product.Rows - row);
            part.YRowStride = TileLayout.Outputs;
            part.Accumulate = false;
            part.Numbers += (long)row * part.BlockCount * TileLayout.Inputs;
            part.Scales += (long)row * part.BlockCount * 2;
            part.Sums += (long)row * part.BlockCount;
            MultiplyWhole<TForm>(part, tiles, buffer);
            for (int i = 0; i < part.Rows; i++)
            {
                float* into = y + ((row + i) * product.YRowStride);
                for (int output = 0; output < outputs; output++)
                {
                    float value = buffer[(i * TileLayout.Outputs) + output];
                    into[output] = product.Accumulate ? into[output] + value : value;
                }
            }
        }
    }

    private static void MultiplyWhole<TForm>(in Product product, byte* tiles, float* y)
        where TForm : struct, IBlockForm
    {
        switch (VectorPath.Width)
        {
            case VectorWidth.Bits512 when Avx2.IsSupported:
                Wide512.Multiply<TForm>(product, tiles, y);
                return;
            case VectorWidth.Bits256 when Avx2.IsSupported:
                Wide256.Multiply<TForm>(product, tiles, y);
                return;
            case VectorWidth.Plain:
                MultiplyPlain<TForm>(product, tiles, y);
                return;
            default:
                Wide128.Multiply<TForm>(product, tiles, y);
                return;
        }
    }

    /// <summary>The reference.</summary>
    private static void MultiplyPlain<TForm>(in Product product, byte* tiles, float* y)
        where TForm : struct, IBlockForm
    {
        Product p = product;
        for (int row = 0; row < p.Rows; row++)
        {
            for (int output = 0; output < TileLayout.Outputs; output++)
            {
                float sum = 0f;
                for (int block = 0; block < p.BlockCount; block++)
                {
                    byte* tile = tiles + (block * TileBytes<TForm>());
                    int at = (row * p.BlockCount) + block;
                    float scale = (float)((Half*)tile)[output];
                    sbyte* x = p.Numbers + ((long)at * TileLayout.Inputs);
                    float value = DotPlain<TForm>(tile, output, x, 0) * p.Scales[at * 2];
                    value = float.MultiplyAddEstimate(DotPlain<TForm>(tile, output, x, 16), p.Scales[(at * 2) + 1], value);
                    sum = float.MultiplyAddEstimate(value, scale, sum);
                    if (!TForm.HasBytes)
                    {
                        float offset = TForm.HasMinimum ? (float)((Half*)(tile + TileLayout.ScaleBytes))[output] : scale * -TForm.Center;
                        sum = float.MultiplyAddEstimate(p.Sums[at], offset, sum);
                    }
                }

                float* into = y + (row * p.YRowStride) + output;
                *into = p.Accumulate ? *into + sum : sum;
            }
        }
    }

    private static int DotPlain<TForm>(byte* tile, int output, sbyte* x, int first)
        where TForm : struct, IBlockForm
    {
        int sum = 0;
        byte* numbers = tile + NumberOffset<TForm>() + (output * 4);
        for (int i = first; i < first + 16; i++)
        {
            int level = TForm.HasBytes
                ? (sbyte)numbers[(i / 4 * GroupBytes) + (i % 4)]
                : (numbers[(i / 8 * GroupBytes) + (i % 4)] >> (i & 4)) & 15;
            if (TForm.HasFifthBits)
            {
                level |= (int)((((uint*)(tile + FifthBitOffset<TForm>()))[output] >> i) & 1) << 4;
            }

            sum += level * x[i];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FifthBitOffset<TForm>()
        where TForm : struct, IBlockForm
        => TForm.HasMinimum ? 2 * TileLayout.ScaleBytes : TileLayout.ScaleBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int NumberOffset<TForm>()
        where TForm : struct, IBlockForm
        => FifthBitOffset<TForm>() + (TForm.HasFifthBits ? TileLayout.FifthBitBytes : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TileBytes<TForm>()
        where TForm : struct, IBlockForm
        => NumberOffset<TForm>() + (TForm.HasBytes ? 8 * GroupBytes : 4 * GroupBytes);

    /// <summary>Rows of activations and where their results go.</summary>
    [StructLayout(LayoutKind.Auto)]
    public struct Product
    {
        /// <summary>Activations [rows, blocks, 32].</summary>
        public sbyte* Numbers;

        /// <summary>Scales of the activations [rows, blocks, 2].</summary>
        public float* Scales;

        /// <summary>Sums of the activations [rows, blocks].</summary>
        public float* Sums;

        /// <summary>Sums of the halves of the blocks of activations [rows, blocks, 2].</summary>
        public float* HalfSums;

        /// <summary>Rows.</summary>
        public int Rows;

        /// <summary>Blocks of a row.</summary>
        public int BlockCount;

        /// <summary>Numbers from row to row of the result.</summary>
        public nint YRowStride;

        /// <summary>Adds to the result in place of overwriting it.</summary>
        public bool Accumulate;
    }
}
