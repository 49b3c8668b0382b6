using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Inference;
using Ratchet.Engine.Tokenization;
using Ratchet.InferenceService.Serving;

namespace Ratchet.InferenceService.Completions;

/// <summary>Gathers log-probabilities in the columns of the older API.</summary>
internal sealed class LogprobColumns(ITokenizer tokenizer)
{
    private readonly List<string> _tokens = [];
    private readonly List<float?> _logprobs = [];
    private readonly List<IReadOnlyDictionary<string, float>?> _top = [];
    private readonly List<int> _offsets = [];

    public void Add(GeneratedToken token, int offset)
    {
        if (float.IsNaN(token.Logprob))
        {
            return;
        }

        _tokens.Add(TokenText.Text(tokenizer, token.Id));
        _logprobs.Add(token.Logprob);
        _offsets.Add(offset);
        var top = new Dictionary<string, float>();
        foreach (TokenScore score in token.Top)
        {
            top.TryAdd(TokenText.Text(tokenizer, score.Id), score.Logprob);
        }

        _top.Add(top);
    }

    public TextLogprobs? Take() => _tokens.Count == 0 ? null : new TextLogprobs(_tokens, _logprobs, _top, _offsets);
}
