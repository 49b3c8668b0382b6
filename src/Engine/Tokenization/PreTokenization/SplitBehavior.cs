namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>What becomes of the matches of a pattern, in the words of tokenizer.json.</summary>
internal enum SplitBehavior
{
    /// <summary>They go.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>Each goes with what stands before it.</summary>
    MergedWithPrevious,

    /// <summary>Each goes with what stands after it.</summary>
    MergedWithNext,

    /// <summary>Those that touch are one piece.</summary>
    Contiguous,
}
