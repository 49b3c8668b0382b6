using BenchmarkDotNet.Attributes;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Benchmarks;

/// <summary>The output head of SmolLM2-135M, 49,152 x 576 in Q8_0: the largest matrix, read once per decoded token.</summary>
public unsafe class HeadBenchmarks
{
    private const int Inputs = 576;
    private const int Outputs = 49152;

    private Matrix? _x;
    private Matrix? _y;
    private WeightMatrix? _weight;

    [Params(1, 64)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _x = Matrix.Random(Rows, Inputs, 1);
        _y = Matrix.Random(Rows, Outputs, 2);
        _weight = Matrix.Weight(ElementType.Q8_0, Outputs, Inputs);
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
