using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Ratchet.TrainerService.Cycles;
using Ratchet.TrainerService.Jobs;

namespace Ratchet.TrainerService;

/// <summary>Checks the settings with all their parts, and names every fault at once.</summary>
internal sealed class TrainerOptionsCheck : IValidateOptions<TrainerOptions>
{
    public ValidateOptionsResult Validate(string? name, TrainerOptions options)
    {
        var faults = new List<ValidationResult>();
        foreach (object part in (object[])[options, options.Gate, options.Evaluation, options.Cycles, options.External])
        {
            Validator.TryValidateObject(part, new ValidationContext(part), faults, validateAllProperties: true);
        }

        List<string> messages = [.. faults.Select(fault => $"Trainer: {fault.ErrorMessage}")];
        if (!string.IsNullOrEmpty(options.Cycles.Cron) && CronSchedule.Parse(options.Cycles.Cron, out string? fault) is null)
        {
            messages.Add(
                $"Trainer:Cycles:Cron is '{options.Cycles.Cron}' ({fault}); an expression with seconds, such as '0 0 3 * * ?', is "
                + "needed.");
        }

        if (TuningMethods.MakesModel(options.Cycles.Training.Tuning) || options.Cycles.Training.Objective is not (null or TrainingObjectives.Supervised))
        {
            messages.Add("Trainer:Cycles:Training asks for something else than an adapter that learns answers; cycles make those. Tuning 'lora' or 'qlora' and Objective 'supervised' are needed.");
        }

        if (options.Runner == TrainerOptions.ExternalRunner)
        {
            messages.AddRange(options.External.Faults());
        }

        return messages.Count > 0 ? ValidateOptionsResult.Fail(messages) : ValidateOptionsResult.Success;
    }
}
