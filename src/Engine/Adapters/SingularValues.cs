using System.Numerics;

namespace Ratchet.Engine.Adapters;

/// <summary>Singular value decomposition W = U · diag(s) · Vᵀ by one-sided Jacobi rotations, in double precision.</summary>
/// <remarks>
/// Pairs of rows are turned until all are at right angles to each other; their lengths are then the singular values. Accurate for small
/// values too, and short; its time grows with rows² · columns. Source: Demmel and Veselić 1992, Jacobi's method is more accurate than QR.
/// </remarks>
internal sealed class SingularValues
{
    private const int SweepsMax = 60;
    private const double Threshold = 1e-14;

    private readonly double[][] _rows;
    private readonly double[][] _turns;
    private readonly bool _isTransposed;
    private readonly int[] _order;

    private SingularValues(double[][] rows, double[][] turns, bool isTransposed)
    {
        _rows = rows;
        _turns = turns;
        _isTransposed = isTransposed;
        double[] lengths = [.. rows.Select(r => Math.Sqrt(Dot(r, r)))];
        _order = [.. Enumerable.Range(0, rows.Length).OrderByDescending(i => lengths[i])];
        Values = [.. _order.Select(i => lengths[i])];
    }

    /// <summary>All of them, the largest first.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Decomposes a matrix.</summary>
    /// <param name="weight">[outputs, inputs], row by row.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Columns.</param>
    /// <typeparam name="T">Single or double precision.</typeparam>
    public static SingularValues Of<T>(ReadOnlySpan<T> weight, int outputs, int inputs)
        where T : struct, INumber<T>
    {
        // Turning the shorter side leaves fewer pairs.
        bool isTransposed = outputs > inputs;
        int count = Math.Min(outputs, inputs);
        int length = Math.Max(outputs, inputs);
        double[][] rows = new double[count][];
        double[][] turns = new double[count][];
        for (int i = 0; i < count; i++)
        {
            (rows[i], turns[i]) = (new double[length], new double[count]);
            turns[i][i] = 1;
            for (int j = 0; j < length; j++)
            {
                rows[i][j] = double.CreateChecked(isTransposed ? weight[(j * inputs) + i] : weight[(i * inputs) + j]);
            }
        }

        for (int sweep = 0, turned = 1; sweep < SweepsMax && turned > 0; sweep++)
        {
            turned = 0;
            for (int p = 0; p < count - 1; p++)
            {
                for (int q = p + 1; q < count; q++)
                {
                    turned += Turn(rows, turns, p, q) ? 1 : 0;
                }
            }
        }

        return new SingularValues(rows, turns, isTransposed);
    }

    /// <summary>A left singular vector [outputs] times its value.</summary>
    /// <param name="rank">0 for the largest value.</param>
    public double[] LeftScaled(int rank) => _isTransposed ? _rows[_order[rank]] : Scaled(_turns[_order[rank]], Values[rank]);

    /// <summary>A right singular vector [inputs] times its value.</summary>
    /// <param name="rank">0 for the largest value.</param>
    public double[] RightScaled(int rank) => _isTransposed ? Scaled(_turns[_order[rank]], Values[rank]) : _rows[_order[rank]];

    private static double[] Scaled(double[] vector, double factor) => [.. vector.Select(v => v * factor)];

    private static bool Turn(double[][] rows, double[][] turns, int p, int q)
    {
        double alpha = Dot(rows[p], rows[p]);
        double beta = Dot(rows[q], rows[q]);
        double gamma = Dot(rows[p], rows[q]);
        if (Math.Abs(gamma) <= Threshold * Math.Sqrt(alpha * beta) || gamma == 0)
        {
            return false;
        }

        double zeta = (beta - alpha) / (2 * gamma);
        double tangent = (zeta >= 0 ? 1 : -1) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
        double cosine = 1 / Math.Sqrt(1 + (tangent * tangent));
        Rotate(rows[p], rows[q], cosine, cosine * tangent);
        Rotate(turns[p], turns[q], cosine, cosine * tangent);
        return true;
    }

    private static void Rotate(double[] x, double[] y, double cosine, double sine)
    {
        for (int i = 0; i < x.Length; i++)
        {
            (x[i], y[i]) = ((cosine * x[i]) - (sine * y[i]), (sine * x[i]) + (cosine * y[i]));
        }
    }

    private static double Dot(double[] x, double[] y) => System.Numerics.Tensors.TensorPrimitives.Dot<double>(x, y);
}
