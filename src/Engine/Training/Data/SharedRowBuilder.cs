namespace Ratchet.Engine.Training.Data;

/// <summary>Lays a run of sorted samples out as a tree.</summary>
/// <param name="samples">All samples.</param>
/// <param name="first">First of the run.</param>
/// <param name="end">The one after the last.</param>
internal sealed class SharedRowBuilder(SortedSamples samples, int first, int end)
{
    private readonly List<int> _ids = [];
    private readonly List<int> _positions = [];
    private readonly List<int> _rowCounts = [];
    private readonly List<int> _parents = [];
    private readonly SortedDictionary<(int Row, int Id), int> _targets = [];

    public SharedRow Build()
    {
        Grow(first, end, 0, -1, []);
        return new SharedRow(
            [.. _ids], [.. _positions], [.. _rowCounts], [.. _parents], [.. _targets.Select(of => new SharedTarget(of.Key.Row, of.Key.Id, of.Value))]);
    }

    // Samples from..to-1 have the same first tokens, which stand in the rows of path; depth is how many.
    private void Grow(int from, int to, int depth, int parent, int[] path)
    {
        int common = samples.Tokens(from).Length;
        for (int i = from + 1; i < to; i++)
        {
            common = Math.Min(common, samples.Common(i));
        }

        if (common > depth && (common - depth >= PrefixSharing.SharedMin || to == from + 1))
        {
            path = [.. path, .. Segment(from, depth, common, parent)];
            (depth, parent) = (common, _rowCounts.Count - 1);
        }

        if (to == from + 1)
        {
            Learn(from, path);
            return;
        }

        int start = from;
        for (int i = from + 1; i <= to; i++)
        {
            if (i == to || samples.Common(i) < depth + PrefixSharing.SharedMin)
            {
                Grow(start, i, depth, parent, path);
                start = i;
            }
        }
    }

    private IEnumerable<int> Segment(int sample, int begin, int stop, int parent)
    {
        int row = _ids.Count;
        _ids.AddRange(samples.Tokens(sample)[begin..stop]);
        _positions.AddRange(Enumerable.Range(begin, stop - begin));
        _rowCounts.Add(stop - begin);
        _parents.Add(parent);
        return Enumerable.Range(row, stop - begin);
    }

    private void Learn(int sample, int[] path)
    {
        for (int position = 0; position < path.Length; position++)
        {
            if (samples.Learns(sample, position))
            {
                (int, int) target = (path[position], samples.Next(sample, position));
                _targets[target] = _targets.GetValueOrDefault(target) + 1;
            }
        }
    }
}
