namespace Ratchet.Engine.Tokenization;

/// <summary>A conversation as tokens, and which of them are targets.</summary>
/// <param name="Ids">Token ids, [tokens].</param>
/// <param name="Mask">[tokens]; true where the token is a target. Not shifted: token i is predicted from those before it.</param>
public sealed record EncodedConversation(int[] Ids, bool[] Mask);
