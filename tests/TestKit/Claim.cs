using System.Globalization;

namespace Ratchet.TestKit;

/// <summary>Runs a claim on many generated cases, small ones first, so that the first failure is a small one.</summary>
public static class Claim
{
    /// <summary>Runs <paramref name="check"/> for sizes 1 to <paramref name="cases"/>.</summary>
    /// <remarks>The seed is 1, so that CI never depends on luck; set CLAIM_SEED to try others.</remarks>
    public static void Holds(int cases, Action<Random, int> check)
    {
        int seed = int.TryParse(
            Environment.GetEnvironmentVariable("CLAIM_SEED"), CultureInfo.InvariantCulture, out int chosen)
            ? chosen
            : 1;

        for (int size = 1; size <= cases; size++)
        {
            try
            {
                check(new Random(seed + size), size);
            }
            catch (Exception failure)
            {
                throw new ClaimFailedException(
                    $"Failed at size {size}. Repeat with CLAIM_SEED={seed}. {failure.Message}", failure);
            }
        }
    }
}

/// <summary>A claim did not hold for a generated case.</summary>
public sealed class ClaimFailedException(string message, Exception inner) : Exception(message, inner);
