using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>Wᵀ for y = x · Wᵀ: steps are inputs, columns are outputs from <paramref name="firstOutput"/> on.</summary>
internal readonly unsafe struct ForwardSource(WeightMatrix weight, int firstOutput) : IPanelSource
{
    /// <inheritdoc/>
    public void Pack(float* panels, int firstColumn, int columnCount, int firstStep, int stepCount)
    {
        for (int column = 0; column < columnCount; column += TileLayout.Outputs)
        {
            TilePacking.PackRow(
                weight, (firstOutput + firstColumn + column) / TileLayout.Outputs, firstStep, stepCount,
                panels + ((long)column * stepCount));
        }
    }

    /// <inheritdoc/>
    public bool TryDirect(int column, int columnCount, int step, int rows, out DirectPanels panels)
    {
        // Tiles of floats are panels already.
        byte* row = weight.Tiles + ((firstOutput + column) / TileLayout.Outputs * weight.TileRowBytes);
        float* first = (float*)row + ((long)step * TileLayout.Outputs);
        panels = new DirectPanels
        {
            First = first,
            Second = first + (weight.TileRowBytes / sizeof(float)),
            StepStride = TileLayout.Outputs,
        };
        return weight.Type == ElementType.F32;
    }
}

/// <summary>W for dx = dy · W: steps are outputs from <paramref name="firstOutput"/> on, columns are inputs.</summary>
internal readonly unsafe struct BackwardSource(WeightMatrix weight, int firstOutput) : IPanelSource
{
    /// <inheritdoc/>
    public void Pack(float* panels, int firstColumn, int columnCount, int firstStep, int stepCount)
    {
        float* tile = (float*)KernelScratch.Get(KernelScratch.Part.Tile, TileLayout.Inputs * TileLayout.Outputs * sizeof(float));
        float* second = panels + ((long)stepCount * PanelProduct.PanelColumns);
        for (int step = 0; step < stepCount; step += TileLayout.Outputs)
        {
            int steps = Math.Min(TileLayout.Outputs, stepCount - step);
            TilePacking.PackRow(weight, (firstOutput + firstStep + step) / TileLayout.Outputs, firstColumn, columnCount, tile);
            TilePacking.Transpose(tile, Math.Min(columnCount, PanelProduct.PanelColumns), steps, panels + ((long)step * PanelProduct.PanelColumns));
            if (columnCount > PanelProduct.PanelColumns)
            {
                float* from = tile + (PanelProduct.PanelColumns * TileLayout.Outputs);
                TilePacking.Transpose(from, columnCount - PanelProduct.PanelColumns, steps, second + ((long)step * PanelProduct.PanelColumns));
            }
        }
    }

    /// <inheritdoc/>
    public bool TryDirect(int column, int columnCount, int step, int rows, out DirectPanels panels)
    {
        panels = default;
        return false;
    }
}

/// <summary>What both sources share.</summary>
internal static unsafe class TilePacking
{
    /// <summary>panel[input, output] for some inputs of a row of tiles.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="tileRow">Which row of tiles: sixteen outputs.</param>
    /// <param name="firstInput">A multiple of 32.</param>
    /// <param name="inputCount">A multiple of 32 unless the type has no blocks.</param>
    /// <param name="panel">[inputCount, 16].</param>
    public static void PackRow(WeightMatrix weight, int tileRow, int firstInput, int inputCount, float* panel)
    {
        if (weight.FourBit is { } fourBit)
        {
            PackFourBit(fourBit, tileRow, firstInput, inputCount, panel);
            return;
        }

        ElementType type = weight.Type;
        byte* row = weight.Tiles + (tileRow * weight.TileRowBytes);
        if (type.BlockSize() == 1)
        {
            int bytes = type.BlockBytes() * TileLayout.Outputs;
            BlockCodec.Dequantize(
                type, new ReadOnlySpan<byte>(row + ((long)firstInput * bytes), inputCount * bytes), new Span<float>(panel, inputCount * TileLayout.Outputs));
            return;
        }

        int tileBytes = type.BlockBytes() * TileLayout.Outputs;
        int blockSize = type.BlockSize();
        for (int input = 0; input < inputCount; input += TileLayout.Inputs)
        {
            int at = firstInput + input;
            byte* tile = row + ((long)at / blockSize * tileBytes);
            TileKernel.Dequantize(type, tile, at % blockSize / TileLayout.Inputs, panel + ((long)input * TileLayout.Outputs));
        }
    }

    // Flat blocks cross rows, so every output is read on its own.
    private static void PackFourBit(FourBitBlocks blocks, int tileRow, int firstInput, int inputCount, float* panel)
    {
        const int Piece = 64;
        Span<float> values = stackalloc float[Piece];
        int outputs = Math.Min(TileLayout.Outputs, blocks.Outputs - (tileRow * TileLayout.Outputs));
        if (outputs < TileLayout.Outputs)
        {
            new Span<float>(panel, inputCount * TileLayout.Outputs).Clear();
        }

        for (int output = 0; output < outputs; output++)
        {
            long from = ((((long)tileRow * TileLayout.Outputs) + output) * blocks.Inputs) + firstInput;
            for (int done = 0; done < inputCount; done += Piece)
            {
                Span<float> own = values[..Math.Min(Piece, inputCount - done)];
                blocks.Dequantize(from + done, own);
                for (int i = 0; i < own.Length; i++)
                {
                    panel[((long)(done + i) * TileLayout.Outputs) + output] = own[i];
                }
            }
        }
    }

    /// <summary>panel[output, input] = tile[input, output], zero in columns past <paramref name="columns"/>.</summary>
    public static void Transpose(float* tile, int columns, int steps, float* panel)
        => PanelPacking.Transpose(panel, tile, TileLayout.Outputs, columns, steps);
}
