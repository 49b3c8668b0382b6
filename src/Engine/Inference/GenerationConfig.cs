namespace Ratchet.Engine.Inference;

/// <summary>How an answer is written: which tokens may come, and when it ends.</summary>
public sealed record GenerationConfig
{
    /// <summary>At most this many tokens are written.</summary>
    public int TokensMax { get; init; } = 256;

    /// <summary>Logits are divided by it; 0 takes the likeliest token each time (greedy).</summary>
    public float Temperature { get; init; } = 1f;

    /// <summary>Keeps the k likeliest tokens, and ties with the last of them; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the fewest likeliest tokens whose probabilities reach this sum, at least one; 1 keeps all.</summary>
    public float TopP { get; init; } = 1f;

    /// <summary>Drops tokens below this share of the likeliest token's probability; 0 drops none.</summary>
    public float MinP { get; init; }

    /// <summary>Keeps tokens whose surprise is nearest to the expected one, up to this sum; 1 keeps all.</summary>
    public float TypicalP { get; init; } = 1f;

    /// <summary>Divides (or, below zero, multiplies) the logits of tokens of prompt and output; 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1f;

    /// <summary>Subtracted once from the logits of tokens of the output.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Subtracted from the logits of tokens of the output as often as they occur.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of these tokens.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>The same seed, prompt and settings give the same answer.</summary>
    public ulong Seed { get; init; }

    /// <summary>Tokens that end the answer and are not part of it.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Texts that end the answer and are not part of it.</summary>
    public IReadOnlyList<string> StopTexts { get; init; } = [];

    /// <summary>Whether each token's log-probability is wanted.</summary>
    public bool WantsLogprobs { get; init; }

    /// <summary>How many likeliest tokens are reported beside each token.</summary>
    public int TopLogprobs { get; init; }

    /// <summary>Returns this config, or throws naming every value that is out of range.</summary>
    /// <exception cref="ArgumentException">At least one value is out of range.</exception>
    public GenerationConfig Validated()
    {
        var faults = new List<string>();
        Require(TokensMax >= 1, $"TokensMax is {TokensMax}; it must be at least 1.");
        Require(Temperature >= 0 && float.IsFinite(Temperature), $"Temperature is {Temperature}; it must be 0 or above.");
        Require(TopK >= 0, $"TopK is {TopK}; it must be 0 (off) or above.");
        Require(TopP is >= 0 and <= 1, $"TopP is {TopP}; it must be in [0, 1].");
        Require(MinP is >= 0 and <= 1, $"MinP is {MinP}; it must be in [0, 1].");
        Require(TypicalP is > 0 and <= 1, $"TypicalP is {TypicalP}; it must be in (0, 1].");
        Require(RepetitionPenalty > 0, $"RepetitionPenalty is {RepetitionPenalty}; it must be above 0.");
        Require(TopLogprobs is >= 0 and <= 20, $"TopLogprobs is {TopLogprobs}; it must be in [0, 20].");
        Require(StopTexts.All(text => text.Length > 0), "A stop text is empty; it must have at least one character.");
        return faults.Count == 0
            ? this
            : throw new ArgumentException($"{nameof(GenerationConfig)} is not usable: {string.Join(' ', faults)}");

        void Require(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }
}
