namespace Ratchet.Engine.Tokenization;

/// <summary>What is put around one text, or around two that go in together.</summary>
/// <param name="Single">For one text.</param>
/// <param name="Pair">For two; null where the model takes no pairs.</param>
internal sealed record SpecialTokenTemplate(IReadOnlyList<SpecialTokenTemplate.Part> Single, IReadOnlyList<SpecialTokenTemplate.Part>? Pair)
{
    /// <summary>Nothing around a text, and two texts one after the other.</summary>
    internal static readonly SpecialTokenTemplate None = new([Part.Text(0, 0)], [Part.Text(0, 0), Part.Text(1, 1)]);

    /// <summary>A token, or one of the texts.</summary>
    /// <param name="Id">The token, or -1.</param>
    /// <param name="Sequence">Which text, 0 or 1; -1 for a token.</param>
    /// <param name="TypeId">Token type, which BERT adds to the embedding.</param>
    internal readonly record struct Part(int Id, int Sequence, int TypeId)
    {
        internal static Part Token(int id, int typeId) => new(id, -1, typeId);

        internal static Part Text(int sequence, int typeId) => new(-1, sequence, typeId);
    }

    /// <summary>BERT's form: begin, text, end, and for pairs a second text and its end.</summary>
    internal static SpecialTokenTemplate Around(int? begin, int? end)
    {
        Part[] before = begin is { } first ? [Part.Token(first, 0)] : [];
        Part[] after = end is { } last ? [Part.Token(last, 0)] : [];
        Part[] afterSecond = end is { } second ? [Part.Token(second, 1)] : [];
        return new([.. before, Part.Text(0, 0), .. after], [.. before, Part.Text(0, 0), .. after, Part.Text(1, 1), .. afterSecond]);
    }

    /// <summary>Tokens that a text or a pair gains.</summary>
    internal int AddedCount(bool isPair) => (isPair ? Pair ?? [] : Single).Count(part => part.Sequence < 0);
}
