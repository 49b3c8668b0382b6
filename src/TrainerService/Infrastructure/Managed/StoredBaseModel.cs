using Microsoft.Extensions.Options;
using Ratchet.Engine.Models;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>The base model's file or folder: found, checked and described once, its weights unread.</summary>
public sealed class StoredBaseModel(IOptions<BaseModelOptions> options) : IBaseModel
{
    private readonly Lazy<BaseModelInfo> _info = new(() => Describe(options.Value));

    private readonly Lazy<string?> _encoder = new(() => FindEncoder(options.Value));

    public BaseModelInfo Info => _info.Value;

    public string? EncoderPath => _encoder.Value;

    public bool Matches(string model) => model == Info.Name || model == options.Value.Base;

    // A measure beside the others: an evaluation does not fail for want of it.
    private static string? FindEncoder(BaseModelOptions options)
    {
        try
        {
            return string.IsNullOrEmpty(options.Encoder) ? null : ModelStore.Resolve(options.Folder, options.Encoder);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static BaseModelInfo Describe(BaseModelOptions options)
    {
        string path = ModelStore.Resolve(options.Folder, options.Base);
        var model = ModelDescription.Of(path);
        return new BaseModelInfo(
            model.Name, path, model.Sha256, model.ParameterCount, model.ContextLength, model.LayerCount, model.WeightType);
    }
}
