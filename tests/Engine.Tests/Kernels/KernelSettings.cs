using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>Tests that change settings of all kernels run one after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class KernelSettings
{
    public const string Name = "kernel settings";

    /// <summary>Every path, the ones that this processor runs in several steps included.</summary>
    public static TheoryData<VectorWidth> Widths => [.. Enum.GetValues<VectorWidth>()];

    /// <summary>Runs with other settings and puts the old ones back.</summary>
    public static void With(VectorWidth width, int threads, Action run)
    {
        (VectorWidth widthBefore, int threadsBefore) = (VectorPath.Width, RowLoop.ThreadCount);
        try
        {
            VectorPath.Width = width;
            RowLoop.ThreadCount = threads;
            run();
        }
        finally
        {
            VectorPath.Width = widthBefore;
            RowLoop.ThreadCount = threadsBefore;
        }
    }

    /// <summary>Runs on another matrix unit and puts the old one back.</summary>
    public static void With(MatrixUnit unit, Action run)
    {
        MatrixUnit before = MatrixPath.Unit;
        try
        {
            MatrixPath.Unit = unit;
            run();
        }
        finally
        {
            MatrixPath.Unit = before;
        }
    }
}
