namespace Ratchet.Engine.Tokenization;

/// <summary>A text, or two, as an encoder model takes them.</summary>
/// <param name="Ids">Tokens, with special tokens and padding.</param>
/// <param name="TypeIds">Token type of each: 0 for the first text, 1 for the second where the model tells them apart.</param>
/// <param name="AttentionMask">1 for each token, 0 for padding.</param>
public sealed record EncodedText(int[] Ids, int[] TypeIds, int[] AttentionMask);
