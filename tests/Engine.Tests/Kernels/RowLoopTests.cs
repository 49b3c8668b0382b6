using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Tests.Kernels;

[Collection(KernelSettings.Name)]
public unsafe class RowLoopTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_row_is_done_exactly_once(int threads)
    {
        KernelSettings.With(VectorPath.Width, threads, () =>
        {
            for (int round = 0; round < 2000; round++)
            {
                int rows = round % 150;
                int[] counts = new int[rows + 1];
                fixed (int* at = counts)
                {
                    RowLoop.Run(rows, new Count(at));
                }

                Assert.All(counts[..rows], count => Assert.Equal(1, count));
                Assert.Equal(0, counts[rows]);
            }
        });
    }

    [Fact]
    public void Chunks_are_the_same_for_any_number_of_threads()
    {
        foreach (int threads in (int[])[1, 2, 4])
        {
            KernelSettings.With(VectorPath.Width, threads, () =>
            {
                int[] ends = new int[100];
                fixed (int* at = ends)
                {
                    RowLoop.Run(100, 7, new RememberEnd(at));
                }

                for (int row = 0; row < ends.Length; row++)
                {
                    Assert.Equal(Math.Min(((row / 7) + 1) * 7, 100), ends[row]);
                }
            });
        }
    }

    [Fact]
    public void Loops_inside_loops_and_of_several_callers_finish()
    {
        KernelSettings.With(VectorPath.Width, 3, () => Parallel.For(0, 4, _ =>
        {
            for (int round = 0; round < 300; round++)
            {
                int[] counts = new int[64];
                fixed (int* at = counts)
                {
                    RowLoop.Run(8, 1, new Nested(at));
                }

                Assert.All(counts, count => Assert.Equal(1, count));
            }
        }));
    }

    [Fact]
    public void A_failure_reaches_the_caller_and_the_next_loop_works()
    {
        KernelSettings.With(VectorPath.Width, 2, () =>
        {
            Assert.Throws<InvalidOperationException>(() => RowLoop.Run(100, 1, new Fail()));
            int[] counts = new int[100];
            fixed (int* at = counts)
            {
                RowLoop.Run(100, 1, new Count(at));
            }

            Assert.All(counts, count => Assert.Equal(1, count));
        });
    }

    [Fact]
    public void A_loop_allocates_nothing()
    {
        int[] counts = new int[100];
        fixed (int* at = counts)
        {
            RowLoop.Run(100, 1, new Count(at));
            long before = GC.GetAllocatedBytesForCurrentThread();
            RowLoop.Run(100, 1, new Count(at));
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    private readonly struct Count(int* counts) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                Interlocked.Increment(ref counts[row]);
            }
        }
    }

    private readonly struct RememberEnd(int* ends) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                ends[row] = endRow;
            }
        }
    }

    private readonly struct Nested(int* counts) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                RowLoop.Run(8, 1, new Count(counts + (row * 8)));
            }
        }
    }

    private readonly struct Fail : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            if (firstRow == 37)
            {
                throw new InvalidOperationException("Row 37 is not to be had.");
            }
        }
    }
}
