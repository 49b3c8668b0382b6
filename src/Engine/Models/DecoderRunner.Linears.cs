using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;

namespace Ratchet.Engine.Models;

/// <summary>The linear layers of a pass, and what adapters add to them.</summary>
public sealed unsafe partial class DecoderRunner
{
    // Parts of a pass's rows that several threads share evenly.
    private const int PartsWanted = 16;

    // Layers that read the same input. A gain is on a layer's whole product before the bias, so that rows with one have a product of
    // their own. All others go as they always do: a sequence's numbers must not depend on who else is in the pass.
    private void Linears(ReadOnlySpan<LinearOutput> outputs, float* x, bool accumulate)
    {
        int row = 0;
        if (_plan.HasMagnitudes)
        {
            foreach (ref readonly PassPlan.AdapterGroup group in _plan.Groups)
            {
                if (!group.Adapter.HasMagnitudes)
                {
                    continue;
                }

                WithoutGains(outputs, x, row, group.FirstRow - row, accumulate);
                row = group.FirstRow + group.RowCount;
                foreach (LinearOutput output in outputs)
                {
                    WithGain(output, x, group, accumulate);
                }
            }
        }

        WithoutGains(outputs, x, row, _plan.TokenCount - row, accumulate);
    }

    private void WithoutGains(ReadOnlySpan<LinearOutput> outputs, float* x, int firstRow, int rows, bool accumulate)
    {
        if (rows == 0)
        {
            return;
        }

        // Those of prompts lie first where they have a precision of their own.
        int prompts = _plan.PromptRowCount - firstRow;
        if (prompts > 0 && prompts < rows)
        {
            WithoutGains(outputs, x, firstRow, prompts, accumulate);
            WithoutGains(outputs, x, firstRow + prompts, rows - prompts, accumulate);
            return;
        }

        bool isTogether = (prompts > 0 ? _promptPrecision : _precision) == Precision.Int8;
        foreach (LinearOutput output in outputs)
        {
            isTogether &= IntegerProduct.CanMultiply(output.Layer.Weight);
        }

        if (isTogether)
        {
            Together(outputs, x, firstRow, rows, accumulate);
        }

        foreach (LinearOutput output in outputs)
        {
            LinearLayer layer = output.Layer;
            if (!isTogether)
            {
                layer.Forward(output.From(firstRow), x + ((long)firstRow * layer.Inputs), rows, accumulate, PrecisionOf(output, firstRow));
            }
            else if (layer.Bias is { } bias)
            {
                BiasKernel.Forward(output.From(firstRow), (float*)bias.Pointer, rows, layer.Outputs);
            }

            AddLowRank(output, x, firstRow, rows, isTogether);
        }
    }

    // bfloat16 is near enough for what must be fine; eight bits are not.
    private Precision PrecisionOf(in LinearOutput output, int firstRow)
        => firstRow < _plan.PromptRowCount ? _promptPrecision : output.IsFine ? Precision.Float32 : _precision;

    // In integers, with the adapters that have factors in bytes.
    private void Together(ReadOnlySpan<LinearOutput> outputs, float* x, int firstRow, int rows, bool accumulate)
    {
        int runsMax = (2 * _plan.Groups.Length) + 1;
        long runBytes = (long)runsMax * sizeof(IntegerRun);
        byte* memory = (byte*)KernelScratch.Get(
            KernelScratch.Part.Runs, runBytes + ((long)_plan.Groups.Length * outputs.Length * sizeof(IntegerAddition)));
        var runs = (IntegerRun*)memory;
        var additions = (IntegerAddition*)(memory + runBytes);
        int count = 0;
        int row = firstRow;
        foreach (ref readonly PassPlan.AdapterGroup group in _plan.Groups)
        {
            if (group.FirstRow < firstRow || group.FirstRow >= firstRow + rows || !Describe(outputs, group.Adapter, additions))
            {
                continue;
            }

            if (group.FirstRow > row)
            {
                runs[count++] = new IntegerRun { Rows = group.FirstRow - row };
            }

            runs[count++] = new IntegerRun { Rows = group.RowCount, Additions = additions };
            additions += outputs.Length;
            row = group.FirstRow + group.RowCount;
        }

        if (row < firstRow + rows)
        {
            runs[count++] = new IntegerRun { Rows = firstRow + rows - row };
        }

        IntegerTask* tasks = stackalloc IntegerTask[outputs.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            tasks[i] = IntegerTask.Of(outputs[i].Layer.Weight, outputs[i].From(firstRow), accumulate, outputs[i].IsFine);
        }

        int inputs = outputs[0].Layer.Inputs;
        IntegerProduct.Run(x + ((long)firstRow * inputs), inputs, tasks, outputs.Length, runs, count);
    }

    // What an adapter adds to the layers in integers; false where that is nothing.
    private static bool Describe(ReadOnlySpan<LinearOutput> outputs, ILowRankAdapter adapter, IntegerAddition* additions)
    {
        bool hasAny = false;
        for (int i = 0; i < outputs.Length; i++)
        {
            LowRankFactors factors = adapter.Factors(outputs[i].Layer.Index);
            bool isRounded = factors.Rank > 0 && factors.RoundedA != null;
            additions[i] = isRounded ? IntegerAddition.Of(factors.RoundedA!, factors.RoundedB!, factors.Scale) : default;
            hasAny |= isRounded;
        }

        return hasAny;
    }

    // What adapters without gains add to the rows of their sequences in single precision, all of them together.
    private void AddLowRank(in LinearOutput output, float* x, int firstRow, int rows, bool isTogether)
    {
        LinearLayer layer = output.Layer;
        int rowsPerPart = Math.Clamp((_plan.TokenCount / PartsWanted + 3) / 4 * 4, 4, 32);
        int partsMax = _plan.Groups.Length + (_plan.TokenCount / rowsPerPart) + 1;
        var parts = (LowRankPart*)KernelScratch.Get(KernelScratch.Part.LowRankParts, (long)partsMax * sizeof(LowRankPart));
        int count = 0;
        foreach (ref readonly PassPlan.AdapterGroup group in _plan.Groups)
        {
            if (group.FirstRow < firstRow || group.FirstRow >= firstRow + rows)
            {
                continue;
            }

            LowRankFactors factors = group.Adapter.Factors(layer.Index);
            if (factors.Rank == 0 || (isTogether && factors.RoundedA != null))
            {
                continue;
            }

            int end = group.FirstRow + group.RowCount;
            for (int row = group.FirstRow; row < end; row += rowsPerPart)
            {
                parts[count++] = new LowRankPart
                {
                    Y = output.From(row),
                    X = x + ((long)row * layer.Inputs),
                    Z = LowRank + ((long)row * _plan.RankMax),
                    A = factors.A,
                    B = factors.B,
                    Rows = Math.Min(rowsPerPart, end - row),
                    Rank = factors.Rank,
                    Scale = factors.Scale,
                };
            }
        }

        LowRankKernel.Apply(parts, count, layer.Inputs, layer.Outputs);
    }

    private void WithGain(in LinearOutput output, float* x, in PassPlan.AdapterGroup group, bool accumulate)
    {
        LinearLayer layer = output.Layer;
        LowRankFactors factors = group.Adapter.Factors(layer.Index);
        float* y = output.From(group.FirstRow);
        float* own = x + ((long)group.FirstRow * layer.Inputs);
        if (factors.Gain == null)
        {
            layer.Forward(y, own, group.RowCount, accumulate, PrecisionOf(output, group.FirstRow));
            AddLowRank(output, x, group.FirstRow, group.RowCount, isTogether: false);
            return;
        }

        float* product = Direction;
        LinearKernel.Forward(product, own, group.RowCount, layer.Weight, accumulate: false, PrecisionOf(output, group.FirstRow));
        LowRankKernel.Project(LowRank, own, factors.A, group.RowCount, layer.Inputs, factors.Rank, factors.Scale);
        LowRankKernel.Expand(product, LowRank, factors.B, group.RowCount, layer.Outputs, factors.Rank);
        GainKernel.Forward(
            y, product, factors.Gain, layer.Bias is null ? null : (float*)layer.Bias.Pointer, group.RowCount, layer.Outputs, accumulate);
    }
}
