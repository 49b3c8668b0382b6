namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>How a field is compared.</summary>
public enum FieldOperator
{
    Equal,
    NotEqual,
    Contains,
    NotContains,
    Greater,
    Less,
}
