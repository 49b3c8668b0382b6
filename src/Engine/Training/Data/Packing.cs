namespace Ratchet.Engine.Training.Data;

/// <summary>Decides which samples share a row: first-fit decreasing.</summary>
public static class Packing
{
    /// <summary>Puts samples into rows of at most <paramref name="rowLength"/> tokens.</summary>
    /// <param name="lengths">Tokens of each sample.</param>
    /// <param name="rowLength">Tokens that a row holds.</param>
    /// <returns>
    /// Rows of sample indices, and the indices that fit nowhere (no tokens, or more than a row holds). Samples are taken by
    /// length, longest first, equal lengths by index, each into the first row that has room, else into a new one.
    /// </returns>
    public static PackingPlan Plan(ReadOnlySpan<int> lengths, int rowLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowLength);
        var packed = new List<int>();
        var left = new List<int>();
        for (int i = 0; i < lengths.Length; i++)
        {
            (lengths[i] > 0 && lengths[i] <= rowLength ? packed : left).Add(i);
        }

        int[] length = lengths.ToArray();
        packed.Sort((a, b) => length[a] != length[b] ? length[b].CompareTo(length[a]) : a.CompareTo(b));

        var rows = new List<List<int>>();
        var room = new List<int>();

        // Lengths fall, so a row without room for this sample may still have room for a later one: only rows that are
        // full to the last token can be passed over for good.
        int firstOpen = 0;
        foreach (int sample in packed)
        {
            while (firstOpen < rows.Count && room[firstOpen] == 0)
            {
                firstOpen++;
            }

            int row = firstOpen;
            while (row < rows.Count && room[row] < length[sample])
            {
                row++;
            }

            if (row == rows.Count)
            {
                rows.Add([]);
                room.Add(rowLength);
            }

            rows[row].Add(sample);
            room[row] -= length[sample];
        }

        return new PackingPlan(rows, left, rowLength, room.Sum(tokens => (long)tokens));
    }
}
