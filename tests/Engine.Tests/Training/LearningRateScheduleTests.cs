using Ratchet.Engine.Training;

namespace Ratchet.Engine.Tests.Training;

/// <summary>Schedules without golden runs against their published formulas (F72).</summary>
public sealed class LearningRateScheduleTests
{
    [Fact]
    public void Cosine_with_restarts_falls_once_for_each()
    {
        var schedule = new LearningRateSchedule(ScheduleShape.CosineWithRestarts, 4, 28, Restarts: 3);
        for (int step = 4; step < 28; step++)
        {
            double inCycle = (step - 4) % 8 / 8.0;
            Assert.Equal(0.5 * (1 + Math.Cos(Math.PI * inCycle)), schedule.Factor(step), 1e-12);
        }

        Assert.Equal(0, schedule.Factor(28));
        Assert.Equal([0, 0.25, 0.5, 0.75, 1], Enumerable.Range(0, 5).Select(schedule.Factor));
    }

    [Fact]
    public void One_restart_is_the_plain_cosine()
    {
        var once = new LearningRateSchedule(ScheduleShape.CosineWithRestarts, 2, 20);
        var cosine = new LearningRateSchedule(ScheduleShape.Cosine, 2, 20);
        Assert.Equal(Enumerable.Range(0, 21).Select(cosine.Factor), Enumerable.Range(0, 21).Select(once.Factor));
    }

    [Fact]
    public void A_share_of_warm_up_is_rounded_up_and_steps_go_before_it()
    {
        Assert.Equal(3, new TrainingConfig { WarmupShare = 0.1 }.WarmupStepsOf(21));
        Assert.Equal(5, new TrainingConfig { WarmupShare = 0.1, WarmupSteps = 5 }.WarmupStepsOf(21));
        Assert.Equal(0, new TrainingConfig().WarmupStepsOf(21));
    }
}
