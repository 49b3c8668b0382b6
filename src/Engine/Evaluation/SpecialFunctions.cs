namespace Ratchet.Engine.Evaluation;

/// <summary>The functions of mathematical statistics that .NET lacks, to about 1e-13 relative.</summary>
/// <remarks>Series and continued fractions as in Abramowitz and Stegun, 7.1.6, 7.1.14, 6.1.15 and 26.5.8.</remarks>
internal static class SpecialFunctions
{
    private const double Smallest = 1e-300;
    private const double Enough = 1e-16;
    private const int StepsMax = 10_000;

    // From here the fraction converges quickly, and below it 1 - erf loses no more than two digits.
    private const double FractionFrom = 2;

    /// <summary>1 - erf(x).</summary>
    public static double ErrorComplement(double x)
    {
        if (x < 0)
        {
            return 2 - ErrorComplement(-x);
        }

        if (x < FractionFrom)
        {
            double term = x;
            double sum = x;
            for (int n = 1; term > sum * Enough; n++)
            {
                term *= 2 * x * x / ((2 * n) + 1);
                sum += term;
            }

            return 1 - (2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum);
        }

        double fraction = Fraction(1, n => (1, n / (2 * x * x)));
        return Math.Exp(-x * x) / (x * Math.Sqrt(Math.PI) * fraction);
    }

    /// <summary>The z that a standard normal variable exceeds with the given chance.</summary>
    /// <param name="tail">Between 0 and 0.5.</param>
    public static double NormalQuantile(double tail)
    {
        // The tail is convex there, so Newton's steps from 0 come nearer from one side only.
        double z = 0;
        for (int step = 0; step < StepsMax; step++)
        {
            double density = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
            double move = ((0.5 * ErrorComplement(z / Math.Sqrt(2))) - tail) / density;
            z += move;
            if (Math.Abs(move) <= 1e-15 * Math.Max(1, z))
            {
                break;
            }
        }

        return z;
    }

    /// <summary>The regularised incomplete beta function I_x(a, b) of half-integers.</summary>
    /// <param name="x">From 0 to 1.</param>
    /// <param name="twiceA">2·a, at least 1.</param>
    /// <param name="twiceB">2·b, at least 1.</param>
    public static double IncompleteBeta(double x, int twiceA, int twiceB)
    {
        if (x is <= 0 or >= 1)
        {
            return x <= 0 ? 0 : 1;
        }

        double a = twiceA / 2.0;
        double b = twiceB / 2.0;
        if (x > (a + 1) / (a + b + 2))
        {
            return 1 - IncompleteBeta(1 - x, twiceB, twiceA);
        }

        double front = (a * Math.Log(x)) + (b * double.LogP1(-x)) + LogGamma(twiceA + twiceB) - LogGamma(twiceA) - LogGamma(twiceB);
        double fraction = Fraction(1, n =>
        {
            double m = n / 2;
            return n % 2 == 0
                ? (1, m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m))))
                : (1, -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1)));
        });
        return Math.Exp(front) / (a * fraction);
    }

    // log Γ(k/2), by Γ(x + 1) = x·Γ(x) from Γ(1) or Γ(1/2).
    private static double LogGamma(int twice)
    {
        double sum = twice % 2 == 0 ? 0 : Math.Log(Math.PI) / 2;
        for (int k = twice - 2; k > 0; k -= 2)
        {
            sum += Math.Log(k / 2.0);
        }

        return sum;
    }

    // first + a1/(b1 + a2/(b2 + ...)), by Lentz's method.
    private static double Fraction(double first, Func<int, (double B, double A)> part)
    {
        double value = first;
        double c = first;
        double d = 0;
        for (int n = 1; n < StepsMax; n++)
        {
            (double b, double a) = part(n);
            d = b + (a * d);
            d = 1 / (Math.Abs(d) < Smallest ? Smallest : d);
            c = b + (a / c);
            c = Math.Abs(c) < Smallest ? Smallest : c;
            value *= c * d;
            if (Math.Abs((c * d) - 1) < Enough)
            {
                break;
            }
        }

        return value;
    }
}
