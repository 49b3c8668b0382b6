using System.Diagnostics;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Benchmarks;

/// <summary>Processor time of each kernel of a layer at the sizes of SmolLM2-135M, on one thread.</summary>
internal static unsafe class LayerRun
{
    private const int Rows = 512;
    private const int Hidden = 576;
    private const int FeedForward = 1536;
    private const int Vocabulary = 49152;

    public static void Print()
    {
        RowLoop.ThreadCount = 1;
        using var x = Matrix.Random(Rows, FeedForward, 1);
        using var y = Matrix.Random(Rows, FeedForward, 2);
        using var z = Matrix.Random(Rows, FeedForward, 3);
        using var u = Matrix.Random(Rows, FeedForward, 4);
        using var w = Matrix.Random(Rows, FeedForward, 5);
        using var gain = Matrix.Random(1, FeedForward, 6);
        using var perHead = Matrix.Random(Rows, 2 * Hidden, 6);
        using var logSum = Matrix.Random(Rows, 9, 7);
        using WeightMatrix embedding = Matrix.Weight(ElementType.Q8_0, 4096, Hidden);
        float[] row = new float[Hidden];

        Show("silu forward", () => SiluKernel.Forward(z.Pointer, x.Pointer, y.Pointer, Rows, FeedForward));
        Show("silu backward", () => SiluKernel.Backward(z.Pointer, u.Pointer, w.Pointer, x.Pointer, y.Pointer, Rows, FeedForward));
        Show("rms norm forward", () => RmsNormKernel.Forward(z.Pointer, gain.Pointer, x.Pointer, gain.Pointer, Rows, Hidden, 1e-5f));
        Show("rms norm backward", () => RmsNormKernel.Backward(z.Pointer, null, y.Pointer, x.Pointer, gain.Pointer, gain.Pointer, Rows, Hidden));
        Show("embedding", () =>
        {
            for (int i = 0; i < Rows; i++)
            {
                embedding.DequantizeRow(i, row);
            }
        });
        foreach (int length in (int[])[64, 256, 512])
        {
            int count = Rows / length;
            using var segments = new NativeBuffer(count * sizeof(AttentionSegment));
            var at = (AttentionSegment*)segments.Pointer;
            for (int i = 0; i < count; i++)
            {
                at[i] = new AttentionSegment
                {
                    Query = x.Pointer + (i * length * Hidden),
                    Key = y.Pointer + (i * length * 192),
                    Value = z.Pointer + (i * length * 192),
                    Output = u.Pointer + (i * length * Hidden),
                    LogSum = logSum.Pointer + (i * length * 9),
                    QueryCount = length,
                    KeyCount = length,
                    KeyStride = 192,
                    KeyHeadStride = 64,
                };
            }

            var shape = new AttentionShape(9, 3, 64, true);
            Show($"attention forward {count}x{length}", () => AttentionKernel.Forward(at, count, shape));
            Show($"attention backward {count}x{length}", () => AttentionKernel.Backward(w.Pointer, w.Pointer + (Rows * Hidden), w.Pointer + (Rows * (Hidden + 192)), x.Pointer, at, count, shape, perHead.Pointer, Rows, Rows));
        }

        using var logits = Matrix.Random(64, Vocabulary, 8);
        using var losses = Matrix.Random(64, 1, 8);
        int* targets = stackalloc int[64];
        new Span<int>(targets, 64).Fill(5);
        nint targetsAt = (nint)targets;
        Show("cross entropy forward 64 rows", () => CrossEntropyKernel.Forward(losses.Pointer, logits.Pointer, (int*)targetsAt, 64, Vocabulary));
        foreach (int rank in (int[])[8])
        {
            Show("project 576->8", () => LowRankKernel.Project(y.Pointer, x.Pointer, z.Pointer, Rows, Hidden, rank, 1f));
            Show("project 1536->8", () => LowRankKernel.Project(y.Pointer, x.Pointer, z.Pointer, Rows, FeedForward, rank, 1f));
            Show("expand 8->1536", () => LowRankKernel.Expand(u.Pointer, x.Pointer, z.Pointer, Rows, FeedForward, rank));
            Show("outer 8x1536", () => LowRankKernel.Outer(u.Pointer, x.Pointer, z.Pointer, Rows, FeedForward, rank));
        }
    }

    private static void Show(string name, Action run)
    {
        run();
        double best = double.MaxValue;
        long end = Stopwatch.GetTimestamp() + (2 * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end)
        {
            TimeSpan start = Process.GetCurrentProcess().TotalProcessorTime;
            run();
            best = Math.Min(best, (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds);
        }

        Console.WriteLine($"{name,-32}{best * 1e6,10:F0} us for {Rows} rows");
    }
}
