using System.Globalization;
using System.Text.Json;
using Ratchet.Engine.Kernels;

namespace Ratchet.Compare;

/// <summary>The rows of the table of targets.</summary>
internal static class RowPlans
{
    private const string Plain = "build";
    private const string Amx = "build-amx";
    private const string NoAmx = "this processor has no AMX";
    private const double StartAllowed = 0.35;
    private const double SwapAllowed = 100;

    // llama.cpp's prefill of 512 with and without AMX on the machine that the targets were set on.
    private const double PrefillGainOfAmx = 1850.0 / 390;

    public static IEnumerable<RowPlan> All(Workplace place, Machine machine)
    {
        string? impossible = machine.HasAmx ? null : NoAmx;
        double noAmxTarget = TrainsInBfloat16WithoutAmx() ? 0.26 : 0.19;
        string best = machine.HasAmx ? Amx : Plain;
        yield return new RowPlan(
            "lora_training", "LoRA training, 8 x 256 tokens, rank 8, all linear layers, loss on all, bf16 through AMX / llama.cpp's prefill of 512 with AMX",
            0.9, () => Round.Of(place.Ours("train"), Llama(place, Amx, "-p", "512", "-n", "0")))
        {
            Impossible = impossible,
            HasMemory = true,
        };
        yield return new RowPlan(
            "lora_training_no_amx", "the same without AMX / llama.cpp's prefill of 512, with AMX where the processor has it",
            machine.HasAmx ? noAmxTarget : noAmxTarget * PrefillGainOfAmx,
            () => Round.Of(place.Ours("train", "--unit", "avx512"), Llama(place, best, "-p", "512", "-n", "0")))
        {
            HasMemory = true,
            Note = machine.HasAmx
                ? null
                : $"{NoAmx}: against llama.cpp without it, and the target of {noAmxTarget} raised by what AMX gave llama.cpp where the targets were set (1,850 / 390)",
        };
        yield return new RowPlan(
            "useful_tokens_packed", "loss on completions, the sample business: packed rows / padded to the longest of each batch of 8",
            2.5, () => Round.OfBoth(place.Ours("padded", Path.Combine(place.Root, "samples"))));
        yield return new RowPlan(
            "prefill_512", "prefill of 512 tokens, Q4_1, with AMX / llama.cpp's", 1.2,
            () => Round.Of(place.Ours("prefill", "512"), Llama(place, Amx, "-p", "512", "-n", "0")))
        {
            Impossible = impossible,
        };
        yield return new RowPlan(
            "prefill_512_no_amx", "prefill of 512 tokens, Q4_1, without AMX / llama.cpp's without AMX", 1.5,
            () => Round.Of(place.Ours("prefill", "512", "--unit", "avx512"), Llama(place, Plain, "-p", "512", "-n", "0")));
        yield return new RowPlan(
            "decode_1", "64 tokens of one stream, Q4_1 / llama.cpp's tg64", 1.0,
            () => Round.Of(place.Ours("decode"), Llama(place, best, "-p", "0", "-n", "64")));
        yield return new RowPlan(
            "decode_16_mixed", "16 streams of 128 + 64 tokens with four rank-16 adapters / llama.cpp's 16 streams without", 3,
            () => Round.Of(place.Ours("streams"), Batched(place, best)));
        yield return new RowPlan(
            "adapter_overhead_prefill", "prefill of 512 with an unmerged rank-16 adapter on all linear layers / without", 0.9,
            () => Round.OfBoth(place.Ours("overhead", "prefill")));
        yield return new RowPlan(
            "adapter_overhead_decode", "decoding with an unmerged rank-16 adapter on all linear layers / without", 0.9,
            () => Round.OfBoth(place.Ours("overhead", "decode")));
        yield return new RowPlan(
            "embeddings", "MiniLM Q8_0, rows of 128 / llama.cpp's", 2.4,
            () => Round.Of(place.Ours("embed", "128"), Llama(place, best, "-embd", "1", "-p", "128", "-n", "0", "-r", "20")))
        {
            Note = "llama-bench reads one row a pass, the engine eight, as its services do",
        };
        yield return new RowPlan(
            "exact_search_100k", "top 10 of 100,000 x 384, one query at a time / faiss IndexFlatIP", 1.0, () => SearchRun.Compare(place));
        yield return new RowPlan(
            "start_engine", "0.35 s / from the start of a process to its first token, warm page cache", 1.0,
            () => Round.OfTime(StartTime(place), StartAllowed, "s"));
        yield return new RowPlan(
            "swap_latency", "100 ms / worst delay of a token of 16 streams by a swap", 1.0,
            () => Round.OfTime(place.Ours("swap").Samples.Max(), SwapAllowed, "ms"));
    }

    // As the engine chooses without tiles: vdpbf16ps where it is faster than single precision.
    private static bool TrainsInBfloat16WithoutAmx()
    {
        MatrixPath.Unit = (MatrixUnit)Math.Min((int)MatrixPath.Best, (int)MatrixUnit.Avx512);
        return MatrixPath.IsBfloat16Faster;
    }

    /// <summary>The median of llama-bench's repetitions, in tokens/s.</summary>
    private static double Llama(Workplace place, string build, params string[] words)
    {
        bool isEncoder = words.Contains("-embd");
        string repeats = place.IsQuick ? "2" : "5";
        string output = place.Run(
            place.Llama(build, "llama-bench"),
            [
                "-m", isEncoder ? place.Encoder : place.Decoder, "-t", Threads, "-ngl", "0", "-o", "json",
                .. words.Contains("-r") ? Array.Empty<string>() : ["-r", repeats], .. words,
            ],
            isMeasured: true);
        using var document = JsonDocument.Parse(output);
        return Measured.MedianOf(document.RootElement[0].GetProperty("samples_ts").EnumerateArray().Select(rate => rate.GetDouble()));
    }

    private static double Batched(Workplace place, string build)
    {
        string output = place.Run(
            place.Llama(build, "llama-batched-bench"),
            [
                "-m", place.Decoder, "-t", Threads, "-ngl", "0", "-c", "3072", "-b", "2048", "-ub", "512",
                "-npp", "128", "-ntg", "64", "-npl", place.IsQuick ? "16" : "16,16", "--output-format", "jsonl",
            ],
            isMeasured: true);
        return Measured.MedianOf(output.Split('\n').Where(line => line.StartsWith('{')).Select(line =>
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("speed_tg").GetDouble();
        }));
    }

    // Once for the page cache, then the median of some.
    private static double StartTime(Workplace place) => Measured.MedianOf(
        Enumerable.Range(0, place.IsQuick ? 3 : 6).Select(_ => place.TimeToFirstLine("start")).Skip(1));

    private static string Threads => Workplace.ThreadCount.ToString(CultureInfo.InvariantCulture);
}
