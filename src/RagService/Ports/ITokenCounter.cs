namespace Ratchet.RagService.Ports;

/// <summary>Counts text in a model's tokens, special tokens not included.</summary>
internal interface ITokenCounter
{
    int Count(ReadOnlySpan<char> text);
}
