namespace Ratchet.Engine.Models.Families;

/// <summary>In which layers a family's sliding_window counts where config.json does not list them (layer_types).</summary>
internal enum SlidingLayers
{
    /// <summary>The family knows no window.</summary>
    None,

    /// <summary>In all of them.</summary>
    All,

    /// <summary>In layers 0, 2, 4 ...</summary>
    Even,

    /// <summary>From layer max_window_layers on, and only where use_sliding_window is true.</summary>
    Late,
}
