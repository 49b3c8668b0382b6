namespace Ratchet.Engine.Formats.HuggingFace;

/// <summary>What is wrong with an adapter folder, for programs.</summary>
public enum AdapterFault
{
    /// <summary>adapter_config.json or adapter_model.safetensors is not there.</summary>
    MissingFile,

    /// <summary>A file is not what its name says.</summary>
    InvalidFile,

    /// <summary>A setting has a value that cannot be.</summary>
    InvalidSetting,

    /// <summary>Another method than LoRA, or a part of it that changes the results and is not known here.</summary>
    UnsupportedAdapter,

    /// <summary>A target module has no counterpart in the model.</summary>
    UnknownTarget,

    /// <summary>A tensor belongs to no module of the model.</summary>
    UnknownTensor,

    /// <summary>A module lacks one of its tensors.</summary>
    MissingTensor,

    /// <summary>A tensor is of integers, or holds what is not a number.</summary>
    InvalidTensor,

    /// <summary>A and B, or they and the settings, have different ranks.</summary>
    RankMismatch,

    /// <summary>A or B does not fit the layer it adapts.</summary>
    ShapeMismatch,
}
