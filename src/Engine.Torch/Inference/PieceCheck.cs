using Ratchet.Engine.Models;
using Ratchet.Engine.Torch.Devices;

namespace Ratchet.Engine.Torch.Inference;

/// <summary>Refuses pieces that a pass cannot run, before any cache is touched.</summary>
internal static class PieceCheck
{
    /// <exception cref="ArgumentException">At least one piece cannot run.</exception>
    public static void Require(ReadOnlySpan<SequencePiece> pieces, ModelConfig config, int tokensMax, TorchDevice device)
    {
        long total = 0;
        var caches = new HashSet<ISequenceCache>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < pieces.Length; i++)
        {
            ref readonly SequencePiece piece = ref pieces[i];
            total += piece.Tokens.Length;
            if (piece.Tokens.IsEmpty)
            {
                throw new ArgumentException($"Piece {i} has no tokens; needed is at least one.", nameof(pieces));
            }

            if (piece.Cache is not TorchSequenceCache cache || cache.Config != config || cache.Home != device)
            {
                throw new ArgumentException($"The cache of piece {i} was not made for this model on {device.Name}.", nameof(pieces));
            }

            if (cache.Length + piece.Tokens.Length > cache.Capacity)
            {
                throw new ArgumentException(
                    $"Piece {i} brings {piece.Tokens.Length} tokens; its cache holds {cache.Length} of {cache.Capacity}.", nameof(pieces));
            }

            if (config.Rotary is null && cache.Length + piece.Tokens.Length > config.ContextLength)
            {
                throw new ArgumentException(
                    $"Piece {i} reaches position {cache.Length + piece.Tokens.Length}; the model has {config.ContextLength}.", nameof(pieces));
            }

            if (!caches.Add(cache))
            {
                throw new ArgumentException($"Piece {i} shares a cache with one before it; a pass may extend it once.", nameof(pieces));
            }

            RequireIds(piece.Tokens.Span, 0, config.VocabularySize);
            RequireIds(piece.Targets.Span, -1, config.VocabularySize);
        }

        if (total > tokensMax)
        {
            throw new ArgumentException($"The pieces have {total} tokens together; a pass takes {tokensMax}.", nameof(pieces));
        }
    }

    private static void RequireIds(ReadOnlySpan<int> ids, int least, int end)
    {
        foreach (int id in ids)
        {
            if (id < least || id >= end)
            {
                throw new ArgumentException($"Token {id} does not exist; the vocabulary has {end}.", nameof(ids));
            }
        }
    }
}
