namespace Ratchet.Engine.Evaluation;

/// <summary>What BLEU takes for a word; sacrebleu's names in brackets.</summary>
public enum BleuTokens
{
    /// <summary>Words as mteval-v13a cuts them [13a]: the form in which English scores are published.</summary>
    Mteval13A,

    /// <summary>Each Chinese character and sign alone, the rest as mteval-v13a [zh].</summary>
    Chinese,

    /// <summary>Each character [char].</summary>
    Characters,

    /// <summary>What stands between spaces [none].</summary>
    Spaces,
}
