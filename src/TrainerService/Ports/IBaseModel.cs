namespace Ratchet.TrainerService.Ports;

/// <summary>The base model that adapters are trained on.</summary>
/// <param name="Name">As it stands in model ids.</param>
/// <param name="Path">The model's file.</param>
/// <param name="Sha256">Of the file.</param>
/// <param name="ParameterCount">All weights.</param>
/// <param name="ContextLength">Tokens the model was made for.</param>
/// <param name="LayerCount">Blocks; null where the file does not say.</param>
/// <param name="WeightType">How most of its weights are stored, "Q4_1" or "BF16"; null where that is not known.</param>
public sealed record BaseModelInfo(
    string Name, string Path, string Sha256, long ParameterCount, int ContextLength, int? LayerCount = null, string? WeightType = null);

/// <summary>Knows the base model without loading its weights.</summary>
public interface IBaseModel
{
    BaseModelInfo Info { get; }

    /// <summary>The sentence encoder that answers are compared with; null where there is none.</summary>
    string? EncoderPath => null;

    /// <summary>Whether a request that says <paramref name="model"/> means this base model.</summary>
    bool Matches(string model);
}
