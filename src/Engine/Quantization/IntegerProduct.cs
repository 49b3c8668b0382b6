using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>
/// Products of one input with one or several weights in integers, and what adapters add to them, in two loops: the first rounds the rows,
/// the second takes them through the adapters' A and through the tiles of all weights, and adds the adapters' B to each.
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

    // Numbers to round that are not worth waking a thread for.
    private const long RoundingInline = 8 * 1024;

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

        int blocks = input.BlockCount;
        long numbers = (long)input.Rows * inputs;
        RowLoop.Run(blocks, numbers <= RoundingInline ? blocks : RowChunk.Rows(blocks, numbers / blocks), new Rounding(input));
        long work = Math.Max(1, numbers * TileLayout.Outputs);
        int chunk = (int)Math.Max((WorkPerChunk + work - 1) / work, (units + ChunksMax - 1) / ChunksMax);
        int chunks = (units + chunk - 1) / chunk;
        int parts = input.ProjectionCount + chunks;
        RowLoop.Run(parts, chunks == 1 ? parts : 1, new Multiplication(input, tasks, taskCount, units, chunk));
    }

    private readonly struct Rounding(IntegerInput input) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int block = firstRow; block < endRow; block++)
            {
                input.Round(block);
            }
        }
    }

    private readonly struct Multiplication(IntegerInput input, IntegerTask* tasks, int taskCount, int units, int chunk) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int part = firstRow; part < endRow; part++)
            {
                int at = part - input.ProjectionCount;
                if (at < 0)
                {
                    input.Project(part);
                }
                else
                {
                    Multiply(at * chunk, Math.Min(units, (at + 1) * chunk));
                }
            }
        }

        private void Multiply(int firstUnit, int endUnit)
        {
            int task = taskCount - 1;
            while (tasks[task].FirstUnit > firstUnit)
            {
                task--;
            }

            for (int unit = firstUnit; unit < endUnit; task++)
            {
                int end = task + 1 < taskCount ? Math.Min(endUnit, tasks[task + 1].FirstUnit) : endUnit;
                input.Multiply(task, unit - tasks[task].FirstUnit, end - tasks[task].FirstUnit);
                unit = end;
            }
        }
    }
}
