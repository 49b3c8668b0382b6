using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>
/// Products of one input with one or several weights in integers, and what adapters add to them, in two loops: the first rounds the rows
/// and takes them through the adapters' A, the second shares the rows of tiles of all weights and adds the adapters' B to each.
/// </summary>
/// <remarks>
/// Decoding spends as long on handing work from thread to thread as on a small product, so that layers which read the same input go
/// together. A row's result does not depend on which other rows, products or adapters are there.
/// </remarks>
internal static unsafe class IntegerProduct
{
    // A chunk of rows of tiles must be worth the hand-over from one thread to another.
    private const long WorkPerChunk = 128 * 1024;
    private const int ChunksMax = 64;

    // Numbers to round that are not worth waking a thread for, and how many products with A take as long as rounding one number.
    private const long RoundingInline = 16 * 1024;
    private const int ProductsPerNumber = 8;

    /// <summary>Whether a weight can be multiplied in integers.</summary>
    /// <param name="weight">Any.</param>
    public static bool CanMultiply(WeightMatrix weight) => weight.FourBit is null && weight.Type.BlockSize() > 1;

    /// <summary>Computes one product.</summary>
    /// <param name="x">Input [rows, inputs].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="inputs">Numbers of a row, a multiple of 32.</param>
    /// <param name="task">The product.</param>
    public static void Run(float* x, int rows, int inputs, IntegerTask task)
    {
        var run = new IntegerRun { Rows = rows };
        Run(x, inputs, &task, 1, &run, 1);
    }

    /// <summary>Computes several.</summary>
    /// <param name="x">Input [rows of all runs, inputs].</param>
    /// <param name="inputs">Numbers of a row, a multiple of 32.</param>
    /// <param name="tasks">Products of that input.</param>
    /// <param name="taskCount">How many.</param>
    /// <param name="runs">All rows, by adapter.</param>
    /// <param name="runCount">How many runs.</param>
    public static void Run(float* x, int inputs, IntegerTask* tasks, int taskCount, IntegerRun* runs, int runCount)
    {
        var input = new IntegerInput(x, inputs, tasks, taskCount, runs, runCount);
        if (input.Rows == 0)
        {
            return;
        }

        int units = 0;
        for (int i = 0; i < taskCount; i++)
        {
            tasks[i].FirstUnit = units;
            units += (tasks[i].Outputs + TileLayout.Outputs - 1) / TileLayout.Outputs;
        }

        long cost = (long)input.Rows * inputs * (1 + (input.RankSum / ProductsPerNumber));
        RowLoop.Run(input.PartCount, cost <= RoundingInline ? input.PartCount : RowChunk.Rows(input.PartCount, cost / input.PartCount), new Preparation(input));
        long work = Math.Max(1, (long)input.Rows * inputs * TileLayout.Outputs);
        int chunk = (int)Math.Max((WorkPerChunk + work - 1) / work, (units + ChunksMax - 1) / ChunksMax);
        RowLoop.Run(units, chunk, new Multiplication(input, tasks, taskCount));
    }

    private readonly struct Preparation(IntegerInput input) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int part = firstRow; part < endRow; part++)
            {
                input.Prepare(part);
            }
        }
    }

    private readonly struct Multiplication(IntegerInput input, IntegerTask* tasks, int taskCount) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            int task = taskCount - 1;
            while (tasks[task].FirstUnit > firstRow)
            {
                task--;
            }

            for (int unit = firstRow; unit < endRow; task++)
            {
                int end = task + 1 < taskCount ? Math.Min(endRow, tasks[task + 1].FirstUnit) : endRow;
                input.Multiply(task, unit - tasks[task].FirstUnit, end - tasks[task].FirstUnit);
                unit = end;
            }
        }
    }
}
