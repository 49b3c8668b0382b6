using System.Diagnostics;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Benchmarks;

/// <summary>A look at the speed of every path within a minute: for the eyes, not for results to keep.</summary>
internal static unsafe class QuickRun
{
    public static void Print(string filter)
    {
        Stored(filter);
        Lora(filter);
        Dense(filter);
    }

    private static void Stored(string filter)
    {
        foreach ((ElementType type, int inputs, int outputs) in ((ElementType, int, int)[])
            [(ElementType.Q4_1, 576, 576), (ElementType.Q4_1, 576, 192), (ElementType.Q4_1, 576, 1536), (ElementType.Q4_1, 1536, 576), (ElementType.Q8_0, 576, 49152)])
        {
            using WeightMatrix weight = Matrix.Weight(type, outputs, inputs);
            foreach (int rows in (int[])[1, 4, 8, 12, 16, 512])
            {
                using var x = Matrix.Random(rows, inputs, 1);
                using var y = Matrix.Random(rows, outputs, 3);
                double work = 2.0 * rows * inputs * outputs;
                string shape = $"{type} {rows}x{inputs}x{outputs}";
                Show(filter, $"float32 forward {shape}", work, () => LinearKernel.Forward(y.Pointer, x.Pointer, rows, weight));
                Show(filter, $"float32 backward {shape}", work, () => LinearKernel.BackwardInput(x.Pointer, y.Pointer, rows, weight));
                Show(filter, $"int8 forward {shape}", work, () => LinearKernel.Forward(y.Pointer, x.Pointer, rows, weight, false, Precision.Int8));
            }
        }
    }

    private static void Lora(string filter)
    {
        const int Rows = 512;
        foreach ((int inputs, int outputs) in ((int, int)[])[(576, 576), (576, 1536), (1536, 576)])
        {
            foreach (int rank in (int[])[2, 8, 16, 32])
            {
                using var x = Matrix.Random(Rows, inputs, 1);
                using var t = Matrix.Random(Rows, rank, 2);
                using var y = Matrix.Random(Rows, outputs, 3);
                using var a = Matrix.Random(rank, inputs, 4);
                using var b = Matrix.Random(outputs, rank, 5);
                string shape = $"{Rows}x{inputs}x{rank}x{outputs}";
                double down = 2.0 * Rows * inputs * rank;
                double up = 2.0 * Rows * outputs * rank;
                Show(filter, $"lora t = x A' {shape}", down, () => MatMulKernel.Forward(t.Pointer, x.Pointer, a.Pointer, Rows, inputs, rank));
                Show(filter, $"lora y += t B' {shape}", up, () => MatMulKernel.Forward(y.Pointer, t.Pointer, b.Pointer, Rows, rank, outputs, 1e-9f, true));
                Show(filter, $"lora dB += dy' t {shape}", up, () => MatMulKernel.BackwardWeight(b.Pointer, y.Pointer, t.Pointer, Rows, rank, outputs, 1e-9f));
                Show(filter, $"lora dt += dy B {shape}", up, () => MatMulKernel.BackwardInput(t.Pointer, y.Pointer, b.Pointer, Rows, rank, outputs, 1e-9f));
                Show(filter, $"lora dA += dt' x {shape}", down, () => MatMulKernel.BackwardWeight(a.Pointer, t.Pointer, x.Pointer, Rows, inputs, rank, 1e-9f));
                Show(filter, $"lora dx += dt A {shape}", down, () => MatMulKernel.BackwardInput(x.Pointer, t.Pointer, a.Pointer, Rows, inputs, rank, 1e-9f));
            }
        }
    }

    private static void Dense(string filter)
    {
        foreach ((int inputs, int outputs) in ((int, int)[])[(576, 576), (576, 192), (576, 1536), (1536, 576)])
        {
            foreach (int rows in (int[])[1, 32, 512])
            {
                using var x = Matrix.Random(rows, inputs, 1);
                using var w = Matrix.Random(outputs, inputs, 2);
                using var y = Matrix.Random(rows, outputs, 3);
                double work = 2.0 * rows * inputs * outputs;
                Show(filter, $"dense forward {rows}x{inputs}x{outputs}", work, () => MatMulKernel.Forward(y.Pointer, x.Pointer, w.Pointer, rows, inputs, outputs));
                Show(filter, $"dense backward {rows}x{inputs}x{outputs}", work, () => MatMulKernel.BackwardInput(x.Pointer, y.Pointer, w.Pointer, rows, inputs, outputs, 1e-9f));
                Show(filter, $"dense weight {rows}x{inputs}x{outputs}", work, () => MatMulKernel.BackwardWeight(w.Pointer, y.Pointer, x.Pointer, rows, inputs, outputs, 1e-9f));
            }
        }
    }

    /// <summary>The best of many short runs: the machine is shared, so only the quickest says what the code costs.</summary>
    private static void Show(string filter, string name, double work, Action run)
    {
        if (!name.Contains(filter, StringComparison.Ordinal))
        {
            return;
        }

        Console.Write($"{name,-40}");
        int usual = RowLoop.ThreadCount;
        foreach (int threads in (int[])[1, usual])
        {
            RowLoop.ThreadCount = threads;
            double best = double.MaxValue;
            long end = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * 3 / 10);
            while (Stopwatch.GetTimestamp() < end)
            {
                long start = Stopwatch.GetTimestamp();
                run();
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            Console.Write($"{work / best / 1e9,10:F1} GFLOP/s {best * 1e6,9:F1} us |");
        }

        Console.WriteLine();
    }
}
