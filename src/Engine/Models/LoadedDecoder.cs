using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Models;

/// <summary>A language model with what is needed to talk to it.</summary>
/// <param name="Model">Weights.</param>
/// <param name="Tokenizer">Text to ids and back.</param>
/// <param name="Chat">Conversations to ids by the model's own template; null where the file has none.</param>
/// <param name="Name">The file's name without its quantisation, or the folder's.</param>
/// <param name="Sha256">Of the file or of the folder's files, lower-case hexadecimal.</param>
public sealed record LoadedDecoder(DecoderModel Model, ITokenizer Tokenizer, ChatEncoder? Chat, string Name, string Sha256) : IDisposable
{
    /// <summary>How its makers would have it asked (generation_config.json); says nothing where the model is a GGUF file.</summary>
    public GenerationConfigFile Generation { get; init; } = new();

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
