namespace Ratchet.AppHost;

/// <summary>Where a server that services share comes from.</summary>
internal enum ServerPlace
{
    /// <summary>There is none: services use the part of their own that serves instead.</summary>
    None,

    /// <summary>This host brings it: as a container, or as the built-in part that stands for it.</summary>
    Here,

    /// <summary>It runs already; <c>ConnectionStrings:{name}</c> says where.</summary>
    Elsewhere,
}
