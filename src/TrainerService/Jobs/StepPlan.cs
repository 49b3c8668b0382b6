namespace Ratchet.TrainerService.Jobs;

/// <summary>How many steps a run takes, once the tokens of its samples are known.</summary>
/// <param name="StepsPerEpoch">Steps that show each sample once.</param>
/// <param name="StepCount">Steps in all.</param>
/// <param name="WarmupSteps">Clipped to half the run, so that a tiny run still reaches its learning rate.</param>
/// <param name="Cut">Whether a limit of tokens cut what epochs or steps asked for.</param>
public readonly record struct StepPlan(int StepsPerEpoch, int StepCount, int WarmupSteps, bool Cut)
{
    public static StepPlan For(JobSettings settings, int sampleCount, long tokensPerEpoch)
    {
        int perEpoch = Math.Max(1, (sampleCount + settings.SamplesPerStep - 1) / settings.SamplesPerStep);
        int steps = settings.StepsMax ?? Math.Max(1, (int)Math.Round(perEpoch * settings.Epochs));
        bool cut = false;
        if (settings.TokensMax is { } tokensMax && tokensPerEpoch > 0)
        {
            double tokensPerStep = (double)tokensPerEpoch / perEpoch;
            int affordable = Math.Max(1, (int)(tokensMax / tokensPerStep));
            cut = affordable < steps;
            steps = Math.Min(steps, affordable);
        }

        int warmup = settings.WarmupSteps ?? (int)Math.Ceiling(steps * settings.WarmupRatio);
        return new StepPlan(perEpoch, steps, Math.Min(warmup, steps / 2), cut);
    }
}
