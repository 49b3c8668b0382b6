using Ratchet.Engine.Tokenization;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Infrastructure.Engine;

/// <summary>Counts in the tokens of a model's own tokenizer.</summary>
internal sealed class EngineTokenCounter(ITokenizer tokenizer) : ITokenCounter
{
    public int Count(ReadOnlySpan<char> text) => tokenizer.Encode(text.ToString()).Length;
}
