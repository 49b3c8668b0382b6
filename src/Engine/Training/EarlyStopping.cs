namespace Ratchet.Engine.Training;

/// <summary>Ends a run whose evaluations stop getting better, by the rule of transformers' EarlyStoppingCallback.</summary>
/// <remarks>
/// An evaluation starts the count anew only where it beats the best by more than the threshold, but the best itself moves with any
/// improvement: many gains below the threshold use up the patience.
/// </remarks>
/// <param name="patience">Evaluations without enough gain that end the run.</param>
/// <param name="threshold">Gain that counts as enough, in the unit of the loss.</param>
public sealed class EarlyStopping(int patience, double threshold = 0)
{
    /// <summary>Evaluations without enough gain, one after another.</summary>
    public int Count { get; private set; }

    /// <summary>The lowest loss so far; null before the first evaluation.</summary>
    public double? Best { get; private set; }

    /// <summary>Which evaluation had it, from 0; -1 before the first.</summary>
    public int BestIndex { get; private set; } = -1;

    /// <summary>Evaluations seen.</summary>
    public int EvaluationCount { get; private set; }

    /// <summary>Notes an evaluation.</summary>
    /// <param name="loss">Lower is better; what is not a number is no gain.</param>
    /// <returns>Whether the run should end.</returns>
    public bool ShouldStop(double loss)
    {
        bool isBetter = Best is null ? !double.IsNaN(loss) : loss < Best;
        bool isEnough = isBetter && (Best is null || Math.Abs(loss - Best.Value) > threshold);
        Count = isEnough ? 0 : Count + 1;
        if (isBetter)
        {
            (Best, BestIndex) = (loss, EvaluationCount);
        }

        EvaluationCount++;
        return Count >= patience;
    }
}
