using Ratchet.Engine.Adapters;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Training;

/// <summary>A derivative by two losses, a step to either side.</summary>
internal static unsafe class CentralDifference
{
    // The house's table: the difference itself is that coarse.
    private const float RelativeTolerance = 2e-2f;
    private const float StepUsual = 4e-3f;

    /// <summary>Holds a gradient against the difference.</summary>
    /// <param name="gradient">What was computed by hand.</param>
    /// <param name="lossAt">The loss with the parameter moved by so much.</param>
    /// <param name="name">Of the parameter, for the fault.</param>
    /// <param name="step">How far the parameter is moved.</param>
    /// <param name="tolerance">Absolute; the relative one is 0.02.</param>
    public static void Holds(float gradient, Func<float, double> lossAt, string name, float step = StepUsual, float tolerance = RelativeTolerance)
    {
        double numeric = (lossAt(step) - lossAt(-step)) / (2.0 * step);
        TensorAssert.Close([(float)numeric], [gradient], tolerance, RelativeTolerance, name);
    }

    /// <summary>The same for a parameter of an adapter, which is put back.</summary>
    public static void Holds(
        LoraAdapter adapter, int at, float gradient, Func<double> loss, float step = StepUsual, float tolerance = RelativeTolerance) => Holds(
        gradient,
        by =>
        {
            float before = adapter.Parameters[at];
            adapter.Parameters[at] = before + by;
            double moved = loss();
            adapter.Parameters[at] = before;
            return moved;
        },
        $"parameter {at}",
        step,
        tolerance);
}
