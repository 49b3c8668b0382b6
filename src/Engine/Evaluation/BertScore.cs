using System.Numerics.Tensors;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Evaluation;

/// <summary>
/// BERTScore (Zhang et al. 2020), equal to bert_score's numbers without idf weights and rescaling: each token of one text is
/// matched with the token of the other whose vector points most nearly the same way. Which encoder gives the vectors decides
/// the scale: scores of different encoders do not compare (F90).
/// </summary>
public static class BertScore
{
    // What stands first and last in an encoder's text may be matched, but does not count itself.
    private const int Marks = 2;

    /// <summary>Compares texts pair by pair.</summary>
    /// <param name="encoder">Its last layer gives the vectors.</param>
    /// <param name="predictions">What was written.</param>
    /// <param name="references">What should have been, one for each.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static OverlapScore[] Of(LoadedEncoder encoder, IReadOnlyList<string> predictions, IReadOnlyList<string> references)
    {
        if (predictions.Count != references.Count)
        {
            throw new ArgumentException($"There are {predictions.Count} predictions and {references.Count} references; one for each is needed.");
        }

        var scores = new OverlapScore[predictions.Count];
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = Of(encoder.TokenVectors(predictions[i]), encoder.TokenVectors(references[i]), encoder.Dimensions);
        }

        return scores;
    }

    /// <summary>Compares two texts by the vectors of their tokens.</summary>
    /// <param name="prediction">[tokens, dimensions], with the marks at both ends.</param>
    /// <param name="reference">[tokens, dimensions], with the marks at both ends.</param>
    /// <param name="dimensions">Numbers of a vector.</param>
    /// <returns>All parts 0 where a text has nothing between its marks.</returns>
    /// <exception cref="ArgumentException">A length is no multiple of <paramref name="dimensions"/>.</exception>
    public static OverlapScore Of(ReadOnlySpan<float> prediction, ReadOnlySpan<float> reference, int dimensions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        if (prediction.Length % dimensions != 0 || reference.Length % dimensions != 0)
        {
            throw new ArgumentException($"{prediction.Length} and {reference.Length} numbers were found; whole vectors of {dimensions} are needed.");
        }

        int rows = prediction.Length / dimensions;
        int columns = reference.Length / dimensions;
        if (rows <= Marks || columns <= Marks)
        {
            return default;
        }

        float[] bestOfRow = new float[rows];
        float[] bestOfColumn = new float[columns];
        Array.Fill(bestOfRow, float.NegativeInfinity);
        Array.Fill(bestOfColumn, float.NegativeInfinity);
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<float> row = prediction.Slice(i * dimensions, dimensions);
            for (int j = 0; j < columns; j++)
            {
                float cosine = TensorPrimitives.CosineSimilarity(row, reference.Slice(j * dimensions, dimensions));
                bestOfRow[i] = Math.Max(bestOfRow[i], cosine);
                bestOfColumn[j] = Math.Max(bestOfColumn[j], cosine);
            }
        }

        double precision = Inner(bestOfRow);
        double recall = Inner(bestOfColumn);
        double sum = precision + recall;
        return new OverlapScore(precision, recall, sum == 0 ? 0 : 2 * precision * recall / sum);
    }

    private static double Inner(float[] best)
    {
        double sum = 0;
        for (int i = 1; i < best.Length - 1; i++)
        {
            sum += best[i];
        }

        return sum / (best.Length - Marks);
    }
}
