namespace Ratchet.Datasets;

/// <summary>What a reader accepts of a file that somebody sends.</summary>
/// <param name="BytesMax">Bytes of the whole file.</param>
/// <param name="RowBytesMax">Bytes of one row; a longer one is reported and skipped.</param>
/// <param name="RowsMax">Rows that are read.</param>
/// <param name="RowsMin">Fewer usable rows are an error; OpenAI wants 10.</param>
/// <param name="NestingMax">Levels of JSON in a row.</param>
/// <param name="IssuesMax">Errors, and warnings, that are listed one by one; all are counted.</param>
public sealed record DatasetLimits(
    long BytesMax = 512L << 20,
    int RowBytesMax = 8 << 20,
    int RowsMax = 250_000,
    int RowsMin = 10,
    int NestingMax = 32,
    int IssuesMax = 1000)
{
    /// <summary>Below this many rows training shows little (F31).</summary>
    public int RowsAdvised { get; init; } = 50;

    /// <summary>Rows with more characters than this in prompt and completion together are counted as long (F27).</summary>
    public int CharactersMax { get; init; } = 4000;
}
