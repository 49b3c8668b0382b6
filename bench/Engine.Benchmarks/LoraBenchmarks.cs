using BenchmarkDotNet.Attributes;
using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Benchmarks;

/// <summary>The thin products of a LoRA adapter on the gate of SmolLM2-135M, 512 rows.</summary>
public unsafe class LoraBenchmarks
{
    private const int Rows = 512;
    private const int Inputs = 576;
    private const int Outputs = 1536;

    private Matrix? _x;
    private Matrix? _t;
    private Matrix? _y;
    private Matrix? _a;
    private Matrix? _b;

    [Params(8, 32)]
    public int Rank { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _x = Matrix.Random(Rows, Inputs, 1);
        _t = Matrix.Random(Rows, Rank, 2);
        _y = Matrix.Random(Rows, Outputs, 3);
        _a = Matrix.Random(Rank, Inputs, 4);
        _b = Matrix.Random(Outputs, Rank, 5);
    }

    [GlobalCleanup]
    public void Free()
    {
        _x?.Dispose();
        _t?.Dispose();
        _y?.Dispose();
        _a?.Dispose();
        _b?.Dispose();
    }

    [Benchmark]
    public void Forward()
    {
        MatMulKernel.Forward(_t!.Pointer, _x!.Pointer, _a!.Pointer, Rows, Inputs, Rank);
        MatMulKernel.Forward(_y!.Pointer, _t.Pointer, _b!.Pointer, Rows, Rank, Outputs, 1e-9f, accumulate: true);
    }

    [Benchmark]
    public void Backward()
    {
        MatMulKernel.BackwardWeight(_b!.Pointer, _y!.Pointer, _t!.Pointer, Rows, Rank, Outputs, 1e-9f);
        MatMulKernel.BackwardInput(_t.Pointer, _y.Pointer, _b.Pointer, Rows, Rank, Outputs, 1e-9f);
        MatMulKernel.BackwardWeight(_a!.Pointer, _t.Pointer, _x!.Pointer, Rows, Inputs, Rank, 1e-9f);
        MatMulKernel.BackwardInput(_x.Pointer, _t.Pointer, _a.Pointer, Rows, Inputs, Rank, 1e-9f);
    }
}
