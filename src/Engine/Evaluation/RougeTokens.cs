namespace Ratchet.Engine.Evaluation;

/// <summary>What ROUGE takes for a word.</summary>
public enum RougeTokens
{
    /// <summary>Runs of a-z and 0-9, as the reference implementation does. Chinese vanishes and scores 0.</summary>
    Words,

    /// <summary>The same; words of more than three letters are cut to their Porter stem.</summary>
    Stems,

    /// <summary>Each CJK character, and each run of letters and numbers of any other script.</summary>
    CjkCharacters,
}
