using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Ratchet.FakeTrainer;

/// <summary>Prints, logs, saves and fails as LLaMA-Factory with Hugging Face's Trainer does; it learns nothing.</summary>
public sealed class TrainingRun(TrainingArguments arguments)
{
    private readonly string _output = arguments["output_dir"];

    private string Log => Path.Combine(_output, "trainer_log.jsonl");

    public int Run()
    {
        try
        {
            return Train();
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            Console.Error.WriteLine("Traceback (most recent call last):\n  File \"cli.py\", line 24, in main\n" + e.Message);
            return 1;
        }
    }

    private int Train()
    {
        Console.Error.WriteLine("[INFO|2025-11-28 06:00:00] llamafactory.hparams.parser:143 >> Process rank: 0, world size: 1, device: cuda:0");
        int samples = CountSamples();
        Directory.CreateDirectory(_output);
        if (File.Exists(Log) && arguments["overwrite_output_dir"] == "true")
        {
            Console.Error.WriteLine("[WARNING|2025-11-28 06:00:01] llamafactory.train.callbacks:154 >> Previous trainer log in this folder will be deleted.");
            File.Delete(Log);
        }

        if (arguments.Fake == "crash")
        {
            throw new InvalidDataException("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB.");
        }

        using PosixSignalRegistration? deaf = arguments.Fake == "hang" ? PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => c.Cancel = true) : null;
        if (arguments.Fake is "hang" or "silent")
        {
            Thread.Sleep(Timeout.Infinite);
        }

        Steps(samples);
        if (arguments.Fake != "no-adapter")
        {
            PeftAdapter.Write(_output, arguments);
        }

        Console.WriteLine("{'train_runtime': 12.3, 'train_samples_per_second': 4.1, 'train_steps_per_second': 1.0, 'train_loss': 1.9, 'epoch': 1.0}");
        return 0;
    }

    private void Steps(int samples)
    {
        int stepCount = arguments.Integer("max_steps");
        int perStep = arguments.Integer("per_device_train_batch_size") * arguments.Integer("gradient_accumulation_steps");
        double perEpoch = Math.Max(1, Math.Ceiling((double)samples / perStep));
        int first = arguments.Has("resume_from_checkpoint")
            ? int.Parse(arguments["resume_from_checkpoint"].Split('-')[^1], CultureInfo.InvariantCulture) : 0;
        for (int step = first + 1; step <= stepCount; step++)
        {
            // However slow the machine: at this step until somebody lets it go on.
            while (arguments.Has("wait_at") && step == arguments.Integer("wait_at") && !File.Exists(arguments["wait_for"]))
            {
                Thread.Sleep(20);
            }

            Console.Error.Write(Invariant($"\r{100 * step / stepCount,3}%|███      | {step}/{stepCount} [00:0{step % 10}<00:01,  1.00s/it]"));
            if (arguments.Fake == $"die-at-{step}" && !File.Exists(Path.Combine(_output, "died")))
            {
                File.WriteAllText(Path.Combine(_output, "died"), "");
                Console.Error.WriteLine("\nRuntimeError: NCCL communicator was aborted on rank 0.");
                Environment.Exit(134);
            }

            if (arguments.Fake is "garbage")
            {
                Garbage(step);
            }

            if (step % arguments.Integer("logging_steps") == 0)
            {
                Row(step, stepCount, step / perEpoch);
            }

            if (step % arguments.Integer("save_steps") == 0)
            {
                Checkpoint(step);
            }
        }
    }

    private void Row(int step, int stepCount, double epoch)
    {
        double loss = arguments.Fake == "nan-loss" && step == 3 ? double.NaN : 3.0 / (1 + (0.2 * step));
        double rate = arguments.Real("learning_rate") * (1 - ((double)step / stepCount));
        string text = double.IsNaN(loss) ? "nan" : Invariant($"{loss:0.0000}");

        // Newer transformers put the numbers in quotes.
        Console.WriteLine(arguments.Fake == "quoted"
            ? Invariant($"{{'loss': '{text}', 'grad_norm': '0.75', 'learning_rate': '{rate:0.000e-00}', 'epoch': '{epoch:0.00}'}}")
            : Invariant($"{{'loss': {text}, 'grad_norm': 0.75, 'learning_rate': {rate:0.000e-00}, 'epoch': {epoch:0.00}}}"));
        if (arguments.Fake == "no-log")
        {
            return;
        }

        File.AppendAllText(Log, double.IsNaN(loss)
            ? Invariant($"{{\"current_steps\": {step}, \"total_steps\": {stepCount}, \"loss\": NaN, \"epoch\": {epoch}}}\n")
            : JsonSerializer.Serialize(new Dictionary<string, object>
            {
                ["current_steps"] = step,
                ["total_steps"] = stepCount,
                ["loss"] = loss,
                ["lr"] = rate,
                ["epoch"] = epoch,
                ["percentage"] = Math.Round(100.0 * step / stepCount, 2),
                ["elapsed_time"] = "0:00:01",
                ["remaining_time"] = "0:00:02",
            }) + "\n");
        if (arguments.Has("eval_steps") && step % arguments.Integer("eval_steps") == 0)
        {
            Console.WriteLine(Invariant($"{{'eval_loss': {loss + 0.1:0.0000}, 'eval_runtime': 0.5, 'epoch': {epoch:0.00}}}"));
            File.AppendAllText(Log, Invariant($"{{\"current_steps\": {step}, \"total_steps\": {stepCount}, \"eval_loss\": {loss + 0.1:0.0000}, \"epoch\": {epoch}}}\n"));
        }
    }

    private void Checkpoint(int step)
    {
        string folder = Path.Combine(_output, Invariant($"checkpoint-{step}"));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "optimizer.pt"), "moments");
        File.WriteAllText(Path.Combine(folder, "trainer_state.json"), Invariant($"{{\"global_step\": {step}}}"));
    }

    private void Garbage(int step)
    {
        using Stream output = Console.OpenStandardOutput();
        byte[] noise = new byte[20_000];
        new Random(step).NextBytes(noise);
        output.Write(noise);
        output.Write("\n{'loss': \n{'loss': abc}\n{\n"u8);
        for (int i = 0; i < 500; i++)
        {
            output.Write("a line that says nothing, again and again\n"u8);
        }

        File.AppendAllText(Log, "{\"current_steps\": \n[1,2]\nnull\n\u0000\n");
    }

    private int CountSamples()
    {
        string folder = arguments["dataset_dir"];
        string info = File.ReadAllText(Path.Combine(folder, "dataset_info.json"));
        JsonElement set = JsonElement.Parse(info).GetProperty(arguments["dataset"]);
        JsonElement tags = set.GetProperty("tags");
        string role = tags.GetProperty("role_tag").GetString()!;
        int count = 0;
        foreach (string line in File.ReadLines(Path.Combine(folder, set.GetProperty("file_name").GetString()!)))
        {
            string[] roles =
            [
                .. JsonElement.Parse(line).GetProperty(set.GetProperty("columns").GetProperty("messages").GetString()!).EnumerateArray()
                    .Select(m => m.GetProperty(role).GetString()!).Where(r => r != tags.GetProperty("system_tag").GetString()),
            ];
            bool isUsable = roles.Length > 0 && roles.Length % 2 == 0
                && roles.Index().All(r => r.Item == tags.GetProperty(r.Index % 2 == 0 ? "user_tag" : "assistant_tag").GetString());
            count += isUsable ? 1 : throw new InvalidDataException("ValueError: Invalid role tag in " + line);
        }

        return count;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
