using System.Runtime.InteropServices;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.External;

/// <summary>The service with everything real but the other services, and a fake of LLaMA-Factory in place of the worker.</summary>
internal static class ExternalHost
{
    public const string Model = "smollm2-135m-instruct";
    public const string TrainerModel = "HuggingFaceTB/SmolLM2-135M-Instruct";

    public static TrainerHost Create(string fake, string? folder = null, params (string Name, string Value)[] more)
    {
        var host = new TrainerHost(folder) { IsReal = true };
        Apply(host, fake);
        foreach ((string name, string value) in more)
        {
            Set(host, name, value);
        }

        return host;
    }

    /// <summary>Lets a host train with the fake.</summary>
    public static void Apply(TrainerHost host, string fake)
    {
        Set(host, "Trainer:Runner", "external");
        Set(host, "Trainer:External:Model", TrainerModel);
        string[] command = [DotnetHost(), "exec", typeof(FakeTrainer.TrainingRun).Assembly.Location, "train", "{config}", $"fake={fake}"];
        for (int i = 0; i < command.Length; i++)
        {
            Set(host, $"Trainer:External:Command:{i}", command[i]);
        }
    }

    public static object Job(string file, int steps = 6) => new
    {
        model = Model,
        training_file = file,
        suffix = "outside",
        seed = 3,
        x_ratchet = new
        {
            rank = 4,
            alpha = 8,
            batch_size = 4,
            max_steps = steps,
            learning_rate = 1e-4,
            save_every_steps = 2,
            target_modules = new[] { "q_proj", "v_proj" },
        },
    };

    private static void Set(TrainerHost host, string name, string value) => host.Settings[name] = value;

    private static string DotnetHost() =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
}
