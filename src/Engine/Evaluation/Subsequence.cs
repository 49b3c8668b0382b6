namespace Ratchet.Engine.Evaluation;

/// <summary>Longest common subsequences of words.</summary>
internal static class Subsequence
{
    /// <summary>How long it is; two rows of the table are enough for that.</summary>
    public static int Length(IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        int[] above = new int[second.Count + 1];
        int[] row = new int[second.Count + 1];
        for (int i = 1; i <= first.Count; i++)
        {
            for (int j = 1; j <= second.Count; j++)
            {
                row[j] = first[i - 1] == second[j - 1] ? above[j - 1] + 1 : Math.Max(above[j], row[j - 1]);
            }

            (above, row) = (row, above);
        }

        return above[second.Count];
    }

    /// <summary>The length of the longest run without a gap that both have.</summary>
    public static int RunLength(IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        int best = 0;
        int[] above = new int[second.Count + 1];
        int[] row = new int[second.Count + 1];
        for (int i = 1; i <= first.Count; i++)
        {
            for (int j = 1; j <= second.Count; j++)
            {
                row[j] = first[i - 1] == second[j - 1] ? above[j - 1] + 1 : 0;
                best = Math.Max(best, row[j]);
            }

            (above, row) = (row, above);
        }

        return best;
    }

    /// <summary>Which places of <paramref name="first"/> it has; of several equally long ones, that of rouge_score.</summary>
    public static IEnumerable<int> Places(IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        int[,] table = new int[first.Count + 1, second.Count + 1];
        for (int i = 1; i <= first.Count; i++)
        {
            for (int j = 1; j <= second.Count; j++)
            {
                table[i, j] = first[i - 1] == second[j - 1] ? table[i - 1, j - 1] + 1 : Math.Max(table[i - 1, j], table[i, j - 1]);
            }
        }

        int row = first.Count;
        int column = second.Count;
        while (row > 0 && column > 0)
        {
            if (first[row - 1] == second[column - 1])
            {
                yield return row - 1;
                (row, column) = (row - 1, column - 1);
            }
            else if (table[row, column - 1] > table[row - 1, column])
            {
                column--;
            }
            else
            {
                row--;
            }
        }
    }
}
