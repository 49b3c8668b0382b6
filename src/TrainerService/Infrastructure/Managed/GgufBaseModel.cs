using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>The base model's file: found, checked and described once, its weights unread.</summary>
public sealed class GgufBaseModel(IOptions<BaseModelOptions> options) : IBaseModel
{
    private readonly Lazy<BaseModelInfo> _info = new(() => Describe(options.Value));

    public BaseModelInfo Info => _info.Value;

    public bool Matches(string model) => model == Info.Name || model == options.Value.Base;

    private static BaseModelInfo Describe(BaseModelOptions options)
    {
        string path = ModelStore.Resolve(options.Folder, options.Base);
        using var file = GgufFile.Open(path);
        string architecture = file.Metadata.GetString("general.architecture");
        int contextLength = file.Metadata.GetInt32($"{architecture}.context_length");
        long parameters = file.Tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (count, size) => count * size));
        using FileStream stream = File.OpenRead(path);
        string layers = $"{architecture}.block_count";
        return new BaseModelInfo(
            NameOf(path), path, Convert.ToHexStringLower(SHA256.HashData(stream)), parameters, contextLength,
            file.Metadata.Contains(layers) ? file.Metadata.GetInt32(layers) : null);
    }

    // As the loader names it: the file's name without the part that tells the quantisation.
    private static string NameOf(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        int dot = name.LastIndexOf('.');
        return dot > 0 && name.Length - dot - 1 is >= 2 and <= 6 && (char.ToLowerInvariant(name[dot + 1]) is 'q' or 'f' or 'b')
            ? name[..dot] : name;
    }
}
