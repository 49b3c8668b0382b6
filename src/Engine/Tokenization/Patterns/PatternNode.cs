namespace Ratchet.Engine.Tokenization.Patterns;

/// <summary>What a place has to be.</summary>
internal enum PatternPlace
{
    /// <summary>The beginning of the text (<c>\A</c>).</summary>
    Start,

    /// <summary>Its end (<c>\z</c>).</summary>
    End,

    /// <summary>Its end, or before a line break that ends it (<c>\Z</c>).</summary>
    LastLineEnd,

    /// <summary>The beginning, or after a line break (<c>^</c>).</summary>
    LineStart,

    /// <summary>The end, or before a line break (<c>$</c>).</summary>
    LineEnd,

    /// <summary>Between a word's character and another (<c>\b</c>).</summary>
    WordEdge,

    /// <summary>Not such a place (<c>\B</c>).</summary>
    NoWordEdge,
}

/// <summary>How many a repetition takes first.</summary>
internal enum PatternTaking
{
    /// <summary>As many as it can.</summary>
    Greedy,

    /// <summary>As few as it can.</summary>
    Lazy,

    /// <summary>As many as it can, and gives none back.</summary>
    Possessive,
}

/// <summary>A part of a pattern, as read.</summary>
internal abstract record PatternNode
{
    /// <summary>One character of a set.</summary>
    internal sealed record One(CharacterSet Set) : PatternNode;

    /// <summary>One after another; none is the empty text.</summary>
    internal sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>The first that leads on.</summary>
    internal sealed record Choice(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>A repetition; no most where <paramref name="Most"/> is below 0.</summary>
    internal sealed record Repeat(PatternNode Part, int Least, int Most, PatternTaking Taking) : PatternNode;

    /// <summary>What has to stand, or not to stand, after or before a place.</summary>
    internal sealed record Look(PatternNode Part, bool IsBehind, bool IsNegated) : PatternNode;

    /// <summary>What gives nothing back once it has matched.</summary>
    internal sealed record Atomic(PatternNode Part) : PatternNode;

    /// <summary>A place.</summary>
    internal sealed record At(PatternPlace Place) : PatternNode;

    /// <summary>Fewest characters of a match.</summary>
    internal int LengthMin => this switch
    {
        One => 1,
        Sequence sequence => sequence.Parts.Aggregate(0, (sum, part) => Bounded((long)sum + part.LengthMin)),
        Choice choice => choice.Parts.Min(part => part.LengthMin),
        Repeat repeat => Bounded((long)repeat.Part.LengthMin * repeat.Least),
        Atomic atomic => atomic.Part.LengthMin,
        _ => 0,
    };

    /// <summary>Characters of every match; null where they differ.</summary>
    internal int? LengthFixed => this switch
    {
        One => 1,
        Sequence sequence => sequence.Parts.Aggregate((int?)0, (sum, part) => sum is { } known && part.LengthFixed is { } more ? Bounded((long)known + more) : null),
        Choice choice => choice.Parts.Select(part => part.LengthFixed).Distinct().Take(2).ToArray() is [{ } same] ? same : null,
        Repeat repeat => repeat.Least == repeat.Most && repeat.Part.LengthFixed is { } length ? Bounded((long)length * repeat.Least) : null,
        Atomic atomic => atomic.Part.LengthFixed,
        _ => 0,
    };

    private static int Bounded(long length) => (int)Math.Min(length, int.MaxValue);
}
