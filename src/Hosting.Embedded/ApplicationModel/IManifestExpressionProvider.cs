namespace Aspire.Hosting.ApplicationModel;

/// <summary>Something that has a name for its value, as in <c>{rag.bindings.http.url}</c>.</summary>
public interface IManifestExpressionProvider
{
    string ValueExpression { get; }
}
