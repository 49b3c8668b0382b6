using Microsoft.AspNetCore.Components;
using Ratchet.Web.Components.Text;

namespace Ratchet.Web.Components.Parts;

/// <summary>A column of a <see cref="DataTable{TItem}"/>.</summary>
/// <param name="Label">Head of the column, and label of its value where rows are cards.</param>
/// <param name="Cell">What stands in it.</param>
public sealed record Column<TItem>(Phrase Label, RenderFragment<TItem> Cell)
{
    /// <summary>Name in the address; null for a column that does not sort.</summary>
    public string? SortName { get; init; }

    public Func<TItem, IComparable?>? SortKey { get; init; }

    /// <summary>Numbers stand to the right.</summary>
    public bool IsNumber { get; init; }

    /// <summary>The column that names the row.</summary>
    public bool IsLead { get; init; }
}
