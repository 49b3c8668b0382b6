namespace Ratchet.Engine.Kernels;

/// <summary>Work on the rows [firstRow, endRow) of something; see <see cref="RowLoop"/>.</summary>
public interface IRowBody
{
    /// <summary>Works on the rows from <paramref name="firstRow"/> up to, not including, <paramref name="endRow"/>.</summary>
    void Invoke(int firstRow, int endRow);
}
