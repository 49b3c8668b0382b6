using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Benchmarks;

/// <summary>
/// What this machine can do at most, by the plainest loops there are: multiplications with addition in registers, products of bytes in
/// registers, and memory read once. A roofline for what the engine reaches.
/// </summary>
internal static unsafe class ProbeRun
{
    private const int Rounds = 2_000_000;
    private const long MemoryBytes = 256L << 20;
    private const int Repeats = 12;

    public static void Print()
    {
        int usual = RowLoop.ThreadCount;
        using var memory = new NativeBuffer(2 * MemoryBytes);
        new Span<byte>(memory.Pointer, (int)(2 * MemoryBytes)).Clear();
        nint at = (nint)memory.Pointer;
        Console.WriteLine($"{"threads",-10}{"GFLOP/s, 256 bits",20}{"GFLOP/s, 512 bits",20}{"G int8 MAC/s",16}{"GB/s read",12}");
        foreach (int threads in (int[])[1, 2])
        {
            // Eight sums, a product and an addition each.
            double narrow = Rate(threads, _ => Multiply256()) * Rounds * 8 * Vector256<float>.Count * 2;
            double wide = Vector512.IsHardwareAccelerated ? Rate(threads, _ => Multiply512()) * Rounds * 8 * Vector512<float>.Count * 2 : 0;
            double bytes = Avx2.IsSupported ? Rate(threads, _ => MultiplyBytes()) * Rounds * 8 * Vector256<byte>.Count : 0;
            double read = Rate(threads, thread => Read((byte*)at + (thread * MemoryBytes))) * MemoryBytes;
            Console.WriteLine($"{threads,-10}{narrow / 1e9,20:0.0}{wide / 1e9,20:0.0}{bytes / 1e9,16:0.0}{read / 1e9,12:0.0}");
        }

        RowLoop.ThreadCount = usual;
    }

    // Of all threads together, in rounds a second of the best repeat: others may be at work on the machine.
    private static double Rate(int threads, Action<int> run)
    {
        double best = 0;
        for (int i = 0; i < Repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(thread => new Thread(() => run(thread)))];
            Array.ForEach(others, other => other.Start());
            run(0);
            Array.ForEach(others, other => other.Join());
            best = Math.Max(best, threads / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply256()
    {
        var factor = Vector256.Create(0.999f);
        (Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) = (factor, factor, factor, factor);
        (Vector256<float> e, Vector256<float> f, Vector256<float> g, Vector256<float> h) = (factor, factor, factor, factor);
        for (int i = 0; i < Rounds; i++)
        {
            a = Vector256.FusedMultiplyAdd(a, factor, factor);
            b = Vector256.FusedMultiplyAdd(b, factor, factor);
            c = Vector256.FusedMultiplyAdd(c, factor, factor);
            d = Vector256.FusedMultiplyAdd(d, factor, factor);
            e = Vector256.FusedMultiplyAdd(e, factor, factor);
            f = Vector256.FusedMultiplyAdd(f, factor, factor);
            g = Vector256.FusedMultiplyAdd(g, factor, factor);
            h = Vector256.FusedMultiplyAdd(h, factor, factor);
        }

        Use(Vector256.Sum(a + b + c + d + e + f + g + h));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply512()
    {
        var factor = Vector512.Create(0.999f);
        (Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d) = (factor, factor, factor, factor);
        (Vector512<float> e, Vector512<float> f, Vector512<float> g, Vector512<float> h) = (factor, factor, factor, factor);
        for (int i = 0; i < Rounds; i++)
        {
            a = Vector512.FusedMultiplyAdd(a, factor, factor);
            b = Vector512.FusedMultiplyAdd(b, factor, factor);
            c = Vector512.FusedMultiplyAdd(c, factor, factor);
            d = Vector512.FusedMultiplyAdd(d, factor, factor);
            e = Vector512.FusedMultiplyAdd(e, factor, factor);
            f = Vector512.FusedMultiplyAdd(f, factor, factor);
            g = Vector512.FusedMultiplyAdd(g, factor, factor);
            h = Vector512.FusedMultiplyAdd(h, factor, factor);
        }

        Use(Vector512.Sum(a + b + c + d + e + f + g + h));
    }

    // VPMADDUBSW and the two instructions that bring its sums into 32 bits: what C# has where VNNI is not emitted.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyBytes()
    {
        var bytes = Vector256.Create((byte)3);
        var signed = Vector256.Create((sbyte)-2);
        var ones = Vector256.Create((short)1);
        (Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d) = (default, default, default, default);
        (Vector256<int> e, Vector256<int> f, Vector256<int> g, Vector256<int> h) = (default, default, default, default);
        for (int i = 0; i < Rounds; i++)
        {
            // Each from a sum of its own, so that no product can be taken out of the loop.
            a += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(bytes ^ a.AsByte(), signed), ones);
            b += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(bytes ^ b.AsByte(), signed), ones);
            c += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(bytes ^ c.AsByte(), signed), ones);
            d += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(bytes ^ d.AsByte(), signed), ones);
            e += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(bytes ^ e.AsByte(), signed), ones);
            f += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(bytes ^ f.AsByte(), signed), ones);
            g += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(bytes ^ g.AsByte(), signed), ones);
            h += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(bytes ^ h.AsByte(), signed), ones);
        }

        Use(Vector256.Sum(a + b + c + d + e + f + g + h));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Read(byte* memory)
    {
        (Vector256<long> a, Vector256<long> b, Vector256<long> c, Vector256<long> d) = (default, default, default, default);
        for (byte* end = memory + MemoryBytes; memory < end; memory += 4 * sizeof(Vector256<long>))
        {
            a ^= Vector256.Load((long*)memory);
            b ^= Vector256.Load((long*)memory + 4);
            c ^= Vector256.Load((long*)memory + 8);
            d ^= Vector256.Load((long*)memory + 12);
        }

        Use(Vector256.Sum(a ^ b ^ c ^ d));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Use<T>(T value) => _ = value;
}
