using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.TrainerService;

/// <summary>The base model, from the section "Model": the same for all services.</summary>
public sealed class BaseModelOptions
{
    public const string Section = "Model";

    /// <summary>A name in the models folder, or the path of a GGUF file or of a Hugging Face folder.</summary>
    public string Base { get; set; } = "smollm2-135m-instruct";

    /// <summary>The sentence encoder, likewise: BERTScore's vectors come from it. Empty for none.</summary>
    public string Encoder { get; set; } = "all-minilm-l6-v2";

    /// <summary>The models folder; found beside the solution where it is not set.</summary>
    public string Folder { get; set; } = Path.Combine(SolutionFolder.Find(), "models");
}
