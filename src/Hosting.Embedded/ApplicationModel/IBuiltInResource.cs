namespace Aspire.Hosting.ApplicationModel;

/// <summary>A server that this host does not start, because a part of ours serves instead. It counts as running and healthy.</summary>
internal interface IBuiltInResource : IResourceWithConnectionString
{
    /// <summary>What serves instead, in words.</summary>
    string ServedBy { get; }
}
