using Ratchet.Engine.Kernels;
using Ratchet.Engine.Training.Data;

namespace Ratchet.Engine.Training;

internal sealed unsafe partial class TrainingPass
{
    // Each segment reads keys of its own: those of the segments before it are copied, so there are more of them than rows.
    private const int KeysPerToken = 4;
    private const int SharedKeysMost = 16384;

    private int _sharedCount;
    private int _keyRows;

    /// <summary>Keys that the segments of a <see cref="SharedRow"/> may have together.</summary>
    public int SharedKeysMax { get; }

    private SharedSegment* Shared => (SharedSegment*)_shared.Pointer;

    /// <summary>As for a packed row; each loss and gradient counts as often as samples have the target.</summary>
    /// <param name="row">Samples as a tree.</param>
    /// <param name="scale">One over the targets of the step.</param>
    /// <param name="smoothing">Share of each target that is spread over the vocabulary.</param>
    public double ForwardBackward(SharedRow row, float scale, float smoothing = 0f)
    {
        Begin(row);
        double loss = Loss(scale, hasGradient: true, smoothing);
        BackwardBlocks();
        return loss;
    }

    /// <summary>Σ negative log-likelihood of the row's targets, each as often as samples have it.</summary>
    /// <param name="row">Samples as a tree.</param>
    public double Forward(SharedRow row)
    {
        Begin(row);
        return Loss(0f, hasGradient: false, 0f);
    }

    // Without dropout: a shared row would have one mask where its samples would draw several.
    private void Begin(SharedRow row)
    {
        Prepare(row.TokenCount, 0f, 0, hasAdapter: true);
        row.Ids.CopyTo(new Span<int>(Tokens, _rows));
        row.Positions.CopyTo(new Span<int>(Positions, _rows));
        PlaceSegments(row);
        float* counts = At(_at.TargetScales);
        if (row.Targets.Length > _tokensMax)
        {
            throw new ArgumentException($"The row has {row.Targets.Length} targets; a pass takes {_tokensMax}.", nameof(row));
        }

        _targetCount = row.Targets.Length;
        for (int i = 0; i < _targetCount; i++)
        {
            (TargetRows[i], Targets[i], counts[i]) = (row.Targets[i].Row, row.Targets[i].Id, row.Targets[i].Count);
        }

        ForwardBlocks();
    }

    private void PlaceSegments(SharedRow row)
    {
        _sharedCount = _segmentCount = row.RowCounts.Length;
        int first = 0;
        _keyRows = 0;
        for (int i = 0; i < _sharedCount; i++)
        {
            int parent = row.Parents[i];
            Shared[i] = new SharedSegment
            {
                FirstRow = first,
                RowCount = row.RowCounts[i],
                Parent = parent,
                Before = parent < 0 ? 0 : Shared[parent].KeyCount,
                End = i + 1,
                FirstKey = _keyRows,
            };
            first += row.RowCounts[i];
            _keyRows += Shared[i].KeyCount;
            for (int at = parent; at >= 0; at = Shared[at].Parent)
            {
                Shared[at].End = i + 1;
            }
        }

        if (_keyRows > SharedKeysMax)
        {
            throw new ArgumentException($"The segments of the row read {_keyRows} keys; a pass takes {SharedKeysMax}.", nameof(row));
        }
    }

    private void PointShared(BlockActivations kept)
    {
        int columns = _config.KeyValueSize;
        float* key = At(_at.SharedKey);
        float* value = At(_at.SharedValue);
        SharedKeysKernel.Gather(key, At(kept.Key), Shared, _sharedCount, columns);
        SharedKeysKernel.Gather(value, At(kept.Value), Shared, _sharedCount, columns);
        for (int i = 0; i < _sharedCount; i++)
        {
            Segments[i] = Segment(kept, Shared[i].FirstRow, Shared[i].RowCount);
            Segments[i].Key = key + ((long)Shared[i].FirstKey * columns);
            Segments[i].Value = value + ((long)Shared[i].FirstKey * columns);
            Segments[i].KeyCount = Shared[i].KeyCount;
        }
    }

    private void BackwardSegments(int block, float* dQuery, float* dKey, float* dValue, float* dAttended)
    {
        AttentionShape shape = _config.AttentionShape(block);
        PointSegments(_blocks[block]);
        if (_sharedCount == 0)
        {
            AttentionKernel.Backward(dQuery, dKey, dValue, dAttended, Segments, _segmentCount, shape, At(_at.PerHead), _rows, _rows, _precision);
            return;
        }

        float* dSharedKey = At(_at.DSharedKey);
        float* dSharedValue = At(_at.DSharedValue);
        AttentionKernel.Backward(
            dQuery, dSharedKey, dSharedValue, dAttended, Segments, _segmentCount, shape, At(_at.PerHead), _rows, _keyRows, _precision);
        SharedKeysKernel.Fold(dKey, dSharedKey, Shared, _sharedCount, _config.KeyValueSize, _rows);
        SharedKeysKernel.Fold(dValue, dSharedValue, Shared, _sharedCount, _config.KeyValueSize, _rows);
    }
}
