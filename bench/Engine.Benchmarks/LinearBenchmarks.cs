using BenchmarkDotNet.Attributes;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Benchmarks;

/// <summary>The linear layers of SmolLM2-135M: a micro-batch of 512 rows, a prefill of 32, one row of decoding.</summary>
public unsafe class LinearBenchmarks
{
    private Matrix? _x;
    private Matrix? _y;
    private WeightMatrix? _weight;

    [Params("query 576x576", "key 576x192", "gate 576x1536", "down 1536x576")]
    public string Layer { get; set; } = "";

    [Params(1, 32, 512)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        int[] sizes = [.. Layer.Split(' ')[1].Split('x').Select(int.Parse)];
        _x = Matrix.Random(Rows, sizes[0], 1);
        _y = Matrix.Random(Rows, sizes[1], 2);
        _weight = Matrix.Weight(ElementType.Q4_1, sizes[1], sizes[0]);
    }

    [GlobalCleanup]
    public void Free()
    {
        _x?.Dispose();
        _y?.Dispose();
        _weight?.Dispose();
    }

    [Benchmark]
    public void Forward() => LinearKernel.Forward(_y!.Pointer, _x!.Pointer, Rows, _weight!);

    [Benchmark]
    public void ForwardInt8() => LinearKernel.Forward(_y!.Pointer, _x!.Pointer, Rows, _weight!, false, Precision.Int8);

    [Benchmark]
    public void BackwardInput() => LinearKernel.BackwardInput(_x!.Pointer, _y!.Pointer, Rows, _weight!);
}
