namespace Ratchet.Engine.Training;

/// <summary>The factor on the learning rate, step by step.</summary>
/// <param name="Shape">After warm-up.</param>
/// <param name="WarmupSteps">Steps over which the factor rises from 0 to 1; the first of them has factor 0.</param>
/// <param name="Steps">Steps of the run.</param>
/// <param name="Restarts">Falls of <see cref="ScheduleShape.CosineWithRestarts"/>.</param>
public readonly record struct LearningRateSchedule(ScheduleShape Shape, int WarmupSteps, int Steps, int Restarts = 1)
{
    /// <summary>The factor that step <paramref name="step"/>, counted from 0, uses.</summary>
    /// <param name="step">Steps done before.</param>
    public double Factor(int step)
    {
        if (step < WarmupSteps)
        {
            return (double)step / WarmupSteps;
        }

        double done = (double)(step - WarmupSteps) / Math.Max(1, Steps - WarmupSteps);
        return Shape switch
        {
            ScheduleShape.Linear => Math.Max(0, 1 - done),
            ScheduleShape.Cosine => 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, done))),
            ScheduleShape.CosineWithRestarts => done >= 1 ? 0 : 0.5 * (1 + Math.Cos(Math.PI * (Restarts * done % 1))),
            _ => 1,
        };
    }
}
