using System.Numerics.Tensors;
using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Adapters;

/// <summary>The parts of a matrix with the largest singular values: W ≈ Σ over i of (sᵢ·uᵢ)·vᵢᵀ, the nearest matrix of that rank.</summary>
/// <remarks>
/// Of a product of thin factors exactly: one side is made orthonormal, the other then has the same singular values. Of a dense matrix by a block
/// Krylov subspace of WᵀW with Rayleigh and Ritz's choice in it, which costs a bounded number of passes over W however its singular values
/// lie. Source: Musco and Musco 2015, https://arxiv.org/abs/1504.05477, algorithm 2. All in double precision; the same seed gives the same bits.
/// </remarks>
internal sealed class PrincipalParts
{
    private const int Oversampling = 8;
    private const int BlocksMax = 12;
    private const int BlocksPerCheck = 3;

    // Of what is left of a vector after the others are taken out of it: below it, rounding.
    private const double DependentBelow = 1e-12;

    // Of W's squared length, gained by the last blocks: the parts then differ from the best by the root of it.
    private const double GainMin = 1e-13;

    private PrincipalParts(double[][] left, double[][] right) => (LeftScaled, Right) = (left, right);

    /// <summary>Left singular vectors times their values, the largest first.</summary>
    public double[][] LeftScaled { get; }

    /// <summary>Right singular vectors, of length one; zeros where the matrix has no further part. Their largest number is positive.</summary>
    public double[][] Right { get; }

    /// <summary>Of Σ over r of b[r]·a[r]ᵀ.</summary>
    /// <param name="b">[rank][outputs].</param>
    /// <param name="a">[rank][inputs].</param>
    /// <param name="count">How many parts.</param>
    public static PrincipalParts OfProduct(double[][] b, double[][] a, int count)
    {
        int outputs = b[0].Length;
        var basis = new List<double[]>();
        var images = new List<double[]>();
        for (int r = 0; r < a.Length; r++)
        {
            // a[r] = Σ over j of share[j]·basis[j], so that b[r]·a[r]ᵀ gives share[j]·b[r] to each.
            double[] rest = [.. a[r]];
            double[] shares = new double[basis.Count + 1];
            shares[^1] = TakeOut(basis, rest, shares);
            if (shares[^1] > 0)
            {
                basis.Add(rest);
                images.Add(new double[outputs]);
            }

            for (int j = 0; j < basis.Count; j++)
            {
                TensorPrimitives.MultiplyAdd(b[r], shares[j], images[j], images[j]);
            }
        }

        double[][] left = Zeros(count, outputs);
        double[][] right = Zeros(count, a[0].Length);
        if (basis.Count > 0)
        {
            var values = SingularValues.Of<double>([.. images.SelectMany(row => row)], basis.Count, outputs);
            for (int i = 0; i < Math.Min(count, values.Values.Count) && values.Values[i] > 0; i++)
            {
                left[i] = values.RightScaled(i);
                double[] shares = values.LeftScaled(i);
                for (int j = 0; j < basis.Count; j++)
                {
                    TensorPrimitives.MultiplyAdd(basis[j], shares[j] / values.Values[i], right[i], right[i]);
                }
            }
        }

        return Turned(left, right);
    }

    /// <summary>Of a dense matrix.</summary>
    /// <param name="matrix">[rows, columns], row by row; its columns are better not more than its rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="count">How many parts.</param>
    /// <param name="seed">Of the vectors that the search begins with.</param>
    /// <param name="isTransposed">Whether the parts of the transpose are wanted.</param>
    public static PrincipalParts OfMatrix(float[] matrix, int columns, int count, ulong seed, bool isTransposed = false)
    {
        double[][] right = RightOf(matrix, columns, Math.Min(count, columns), seed);
        double[][] left = Zeros(right.Length, matrix.Length / columns);
        double[] row = new double[columns];
        for (int o = 0; o < left[0].Length; o++)
        {
            TensorPrimitives.ConvertChecked<float, double>(matrix.AsSpan(o * columns, columns), row);
            for (int i = 0; i < right.Length; i++)
            {
                left[i][o] = TensorPrimitives.Dot<double>(row, right[i]);
            }
        }

        for (int i = 0; i < right.Length; i++)
        {
            double value = TensorPrimitives.Norm<double>(left[i]);
            double shareOfLeft = value == 0 ? 0 : isTransposed ? 1 / value : 1;
            TensorPrimitives.Multiply(left[i], shareOfLeft, left[i]);
            TensorPrimitives.Multiply(right[i], value == 0 ? 0 : isTransposed ? value : 1, right[i]);
        }

        return isTransposed ? Turned(right, left) : Turned(left, right);
    }

    private static double[][] RightOf(float[] matrix, int columns, int count, ulong seed)
    {
        double squaredLength = 0;
        foreach (float number in matrix)
        {
            squaredLength += (double)number * number;
        }

        int blockSize = Math.Min(columns, count + Oversampling);
        double[][] block = Zeros(blockSize, columns);
        for (int i = 0; i < blockSize; i++)
        {
            ulong key = DropoutKernel.Key(seed, (ulong)i);
            for (int j = 0; j < columns; j++)
            {
                block[i][j] = ((DropoutKernel.Key(key, (ulong)j) >> 11) * (1.0 / (1UL << 52))) - 1;
            }
        }

        var basis = new List<double[]>();
        var images = new List<double[]>();
        double[][] right = Zeros(count, columns);
        double captured = -1;
        for (int blocks = 1; ; blocks++)
        {
            int before = basis.Count;
            foreach (double[] vector in block)
            {
                if (TakeOut(basis, vector, null) > 0)
                {
                    basis.Add(vector);
                }
            }

            double[][] fresh = [.. basis.Skip(before)];
            block = Normal(matrix, columns, fresh);
            images.AddRange(block.Select(image => (double[])[.. image]));
            bool isLast = blocks == BlocksMax || basis.Count == columns || fresh.Length == 0;
            if (basis.Count > 0 && (isLast || blocks % BlocksPerCheck == 0))
            {
                (right, double now) = Ritz(basis, images, count);
                if (isLast || now - captured <= GainMin * squaredLength)
                {
                    return right;
                }

                captured = now;
            }
            else if (isLast)
            {
                return right;
            }
        }
    }

    // The best count vectors in the span of the basis, and how much of the squared length they hold.
    private static (double[][] Right, double Captured) Ritz(List<double[]> basis, List<double[]> images, int count)
    {
        int size = basis.Count;
        double[] inner = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = i; j < size; j++)
            {
                inner[(i * size) + j] = inner[(j * size) + i] = TensorPrimitives.Dot<double>(basis[i], images[j]);
            }
        }

        var values = SingularValues.Of<double>(inner, size, size);
        double[][] right = Zeros(count, basis[0].Length);
        double captured = 0;
        for (int i = 0; i < Math.Min(count, size) && values.Values[i] > 0; i++)
        {
            captured += values.Values[i];
            double[] shares = values.LeftScaled(i);
            for (int j = 0; j < size; j++)
            {
                TensorPrimitives.MultiplyAdd(basis[j], shares[j] / values.Values[i], right[i], right[i]);
            }
        }

        return (right, captured);
    }

    // WᵀW times each vector, in one pass over W.
    private static double[][] Normal(float[] matrix, int columns, double[][] vectors)
    {
        double[][] products = Zeros(vectors.Length, columns);
        double[] row = new double[columns];
        for (int start = 0; start < matrix.Length && vectors.Length > 0; start += columns)
        {
            TensorPrimitives.ConvertChecked<float, double>(matrix.AsSpan(start, columns), row);
            for (int i = 0; i < vectors.Length; i++)
            {
                TensorPrimitives.MultiplyAdd(row, TensorPrimitives.Dot<double>(row, vectors[i]), products[i], products[i]);
            }
        }

        return products;
    }

    // Gram and Schmidt, twice for right angles to the last bit. Leaves a vector of length one and returns what its length was, or 0.
    private static double TakeOut(List<double[]> basis, double[] vector, double[]? shares)
    {
        double length = TensorPrimitives.Norm<double>(vector);
        for (int pass = 0; pass < 2; pass++)
        {
            for (int j = 0; j < basis.Count; j++)
            {
                double share = TensorPrimitives.Dot<double>(basis[j], vector);
                TensorPrimitives.MultiplyAdd(basis[j], -share, vector, vector);
                if (shares is not null)
                {
                    shares[j] += share;
                }
            }
        }

        double rest = TensorPrimitives.Norm<double>(vector);
        if (!(rest > DependentBelow * length))
        {
            return 0;
        }

        TensorPrimitives.Divide(vector, rest, vector);
        return rest;
    }

    // A part is the same with both vectors turned round; which way is settled here.
    private static PrincipalParts Turned(double[][] left, double[][] right)
    {
        for (int i = 0; i < right.Length; i++)
        {
            if (right[i][TensorPrimitives.IndexOfMaxMagnitude<double>(right[i])] < 0)
            {
                TensorPrimitives.Negate<double>(right[i], right[i]);
                TensorPrimitives.Negate<double>(left[i], left[i]);
            }
        }

        return new PrincipalParts(left, right);
    }

    private static double[][] Zeros(int count, int length) => [.. Enumerable.Range(0, count).Select(_ => new double[length])];
}
