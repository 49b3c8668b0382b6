namespace Ratchet.TrainerService.Worker;

/// <summary>Which step had the lowest validation loss (F72), and whether it is worth waiting for a lower one (F77).</summary>
/// <param name="patience">Validations without improvement that are borne; null for any number.</param>
/// <param name="minDelta">What counts as improvement for the patience; the best step is the lowest by any margin.</param>
internal sealed class ValidationWatch(int? patience, double minDelta)
{
    private double _reference = double.PositiveInfinity;

    public int? BestStep { get; private set; }

    public double BestLoss { get; private set; } = double.PositiveInfinity;

    public double LastLoss { get; private set; } = double.NaN;

    /// <summary>Validations since the last improvement.</summary>
    public int Waited { get; private set; }

    public bool IsOver => Waited >= patience;

    /// <summary>Takes note of a validation.</summary>
    /// <returns>Whether the step is the best so far.</returns>
    public bool Add(int step, double loss)
    {
        LastLoss = loss;
        bool improves = loss < _reference - minDelta;
        Waited = improves ? 0 : Waited + 1;
        _reference = improves ? loss : _reference;
        if (!(loss < BestLoss))
        {
            return false;
        }

        (BestStep, BestLoss) = (step, loss);
        return true;
    }
}
