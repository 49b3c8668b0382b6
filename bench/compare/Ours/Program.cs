// The engine's side of bench/compare: one measurement a process, its samples as one line of JSON.
//
//   Ratchet.Ours MODELS prefill TOKENS | overhead prefill|decode | decode | streams | embed LENGTH | train | padded SAMPLES | swap
//   Ratchet.Ours MODELS start | witness kl FILE PRECISION | witness greedy PROMPT COUNT | witness embed TEXT | witness lora FOLDER STEPS
//
// Options: --seconds N (how long to sample), --threads N, --unit none|avx512|amx (the best unit for matrices that may be used).

using System.Globalization;
using Ratchet.Engine.Kernels;
using Ratchet.Ours;

double seconds = double.Parse(Option("--seconds") ?? "4", CultureInfo.InvariantCulture);
RowLoop.ThreadCount = int.Parse(Option("--threads") ?? "2", CultureInfo.InvariantCulture);
MatrixPath.Unit = (MatrixUnit)Math.Min((int)MatrixPath.Best, (int)Enum.Parse<MatrixUnit>(Option("--unit") ?? "amx", ignoreCase: true));
string[] words = [.. args.TakeWhile(argument => !argument.StartsWith("--", StringComparison.Ordinal))];
string folder = words[0];
switch (words[1..])
{
    case ["start"]: FirstToken.Print(folder); break;
    case ["prefill", string tokens]: ReadingRun.Prefill(folder, Number(tokens), seconds).Print(); break;
    case ["overhead", "prefill"]: ReadingRun.PrefillOverhead(folder, seconds).Print(); break;
    case ["overhead", "decode"]: DecodingRun.Overhead(folder, seconds).Print(); break;
    case ["decode"]: DecodingRun.OneStream(folder, seconds).Print(); break;
    case ["streams"]: DecodingRun.Streams(folder, seconds).Print(); break;
    case ["embed", string length]: ReadingRun.Embed(folder, Number(length), seconds).Print(); break;
    case ["train"]: LearningRun.Steps(folder, seconds).Print(); break;
    case ["padded", string samples]: LearningRun.PackedAgainstPadded(folder, samples, seconds).Print(); break;
    case ["swap"]: SwapRun.Measure(folder).Print(); break;
    case ["growth"]: GrowthRun.Print(folder); break;
    case ["witness", "kl", string file, string precision]: Witness.Divergence(folder, file, Enum.Parse<Precision>(precision, ignoreCase: true)); break;
    case ["witness", "greedy", string prompt, string count]: Witness.Greedy(folder, prompt, Number(count)); break;
    case ["witness", "embed", string text]: Witness.Embedding(folder, text); break;
    case ["witness", "lora", string target, string steps]: Witness.Lora(folder, target, Number(steps)); break;
    default:
        Console.Error.WriteLine($"There is no measurement '{string.Join(' ', words[1..])}'; the head of bench/compare/Ours/Program.cs lists them.");
        return 2;
}

return 0;

int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;
