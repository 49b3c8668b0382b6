namespace Ratchet.Engine.Models;

/// <summary>Keys and values of the tokens that a sequence has seen, in the memory of the backend that made it.</summary>
public interface ISequenceCache : IDisposable
{
    /// <summary>Tokens seen.</summary>
    int Length { get; }

    /// <summary>Tokens that fit.</summary>
    int Capacity { get; }

    /// <summary>Forgets all tokens from <paramref name="length"/> on.</summary>
    /// <param name="length">At most <see cref="Length"/>.</param>
    void Truncate(int length);

    /// <summary>Replaces what was seen by the first tokens of another sequence of the same model and adapter.</summary>
    /// <param name="other">A cache of the same backend.</param>
    /// <param name="length">Tokens to take over.</param>
    void CopyFrom(ISequenceCache other, int length);
}
