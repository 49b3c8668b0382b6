using System.Diagnostics;
using System.Threading.Channels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Inference;

/// <summary>One answer while it waits or is written.</summary>
/// <param name="request">What to write.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="leader">As <see cref="Leader"/>.</param>
/// <param name="guessesMax">Tokens that may be guessed for a pass.</param>
/// <param name="cancellation">Ends the writing early.</param>
internal sealed class RunningSequence(
    GenerationRequest request, ITokenizer tokenizer, RunningSequence? leader, int guessesMax, CancellationToken cancellation)
{
    private readonly List<int> _ids = [.. request.Prompt.Span];
    private readonly StopTextScanner _text = new(request.Config.StopTexts);
    private readonly TokenSampler _sampler = new(request.Config, tokenizer.VocabularySize, request.Prompt.Span);
    private readonly PromptLookup? _lookup = guessesMax > 0 ? new PromptLookup(guessesMax) : null;

    public GenerationRequest Request { get; } = request;

    public Channel<GeneratedToken> Output { get; } = Channel.CreateUnbounded<GeneratedToken>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    /// <summary>The first of several answers to one prompt: it reads the prompt, the others copy.</summary>
    public RunningSequence? Leader { get; } = leader;

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Set at admission.</summary>
    public ISequenceCache? Cache { get; set; }

    public long CacheBytes { get; set; }

    /// <summary>Prompt tokens that another answer had read before.</summary>
    public int CachedTokens { get; set; }

    public int Written { get; private set; }

    public bool Finished { get; private set; }

    public FinishReason? Reason { get; private set; }

    public long FirstWrittenAt { get; private set; }

    public long NewestWrittenAt { get; private set; }

    /// <summary>Ids of prompt and answer that are in the cache or are to be read next.</summary>
    public IReadOnlyList<int> Ids => _ids;

    public int IdCount => _ids.Count;

    /// <summary>Ids not yet in the cache.</summary>
    public int Unread => _ids.Count - Cache!.Length;

    public bool PromptIsRead => Cache is not null && Cache.Length >= Request.Prompt.Length;

    /// <summary>Guesses that the model was asked about, and those of them that it wrote.</summary>
    public (int Asked, int Right) Guesses { get; private set; }

    public int[] Slice(int start, int length) => [.. _ids.Skip(start).Take(length)];

    /// <summary>What may follow the last id, to be read with it: as many as there is room for, in the pass and in the answer.</summary>
    public int[] Guess(int room) => _lookup?.Guess(_ids, Math.Min(room, Math.Min(Request.Config.TokensMax - Written, Cache!.Capacity - _ids.Count) - 1)) ?? [];

    /// <summary>Chooses the next token from the logits of the last id; where it is the one that was guessed, one more from the guess's logits, and so on.</summary>
    /// <param name="backend">Whose last pass read the last id and the guesses.</param>
    /// <param name="row">The row of logits of the last id; those of the guesses follow.</param>
    /// <param name="guesses">What was read after the last id; what of it was not written leaves the cache.</param>
    public void Advance(IInferenceBackend backend, int row, ReadOnlySpan<int> guesses)
    {
        int right = 0;
        Advance(backend.Logits(row));
        while (right < guesses.Length && !Finished && _ids[^1] == guesses[right])
        {
            right++;
            Advance(backend.Logits(row + right));
        }

        if (guesses.Length > 0)
        {
            Cache!.Truncate(Cache.Length - guesses.Length + right);
            _lookup!.Learn(guesses.Length, right, _ids.Count);
            Guesses = (Guesses.Asked + guesses.Length, Guesses.Right + right);
        }
    }

    private void Advance(ReadOnlySpan<float> logits)
    {
        GenerationConfig config = Request.Config;
        int id = _sampler.Next(logits);
        Written++;
        NewestWrittenAt = Stopwatch.GetTimestamp();
        FirstWrittenAt = Written == 1 ? NewestWrittenAt : FirstWrittenAt;
        (float logprob, IReadOnlyList<TokenScore> top) = Scores(logits, id);
        if (config.StopTokens.Contains(id))
        {
            Finish(id, _text.Finish(), logprob, top, FinishReason.Stop);
            return;
        }

        _ids.Add(id);
        string text = _text.Append(tokenizer.TokenBytes(id));
        if (_text.Stopped)
        {
            Finish(id, text, logprob, top, FinishReason.Stop);
        }
        else if (Written >= config.TokensMax)
        {
            string rest = _text.Finish();
            Finish(id, text + rest, logprob, top, _text.Stopped ? FinishReason.Stop : FinishReason.Length);
        }
        else
        {
            Output.Writer.TryWrite(new GeneratedToken(id, text, logprob, top, null));
        }
    }

    /// <summary>Ends the answer with an error, or because nobody waits for it any more.</summary>
    public void Abort(Exception? failure)
    {
        Finished = true;
        Output.Writer.TryComplete(failure);
    }

    private void Finish(int id, string text, float logprob, IReadOnlyList<TokenScore> top, FinishReason reason)
    {
        Finished = true;
        Reason = reason;
        Output.Writer.TryWrite(new GeneratedToken(id, text, logprob, top, reason));
        Output.Writer.TryComplete();
    }

    private (float Logprob, IReadOnlyList<TokenScore> Top) Scores(ReadOnlySpan<float> logits, int id)
    {
        if (!Request.Config.WantsLogprobs)
        {
            return (float.NaN, []);
        }

        float max = logits[TokenSampler.ArgMax(logits)];
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - max);
        }

        double normaliser = max + Math.Log(sum);
        int count = Request.Config.TopLogprobs;
        var top = new List<TokenScore>(count);
        for (int i = 0; count > 0 && i < logits.Length; i++)
        {
            if (top.Count == count && logits[i] <= top[^1].Logprob)
            {
                continue;
            }

            int place = top.Count;
            while (place > 0 && top[place - 1].Logprob < logits[i])
            {
                place--;
            }

            top.Insert(place, new TokenScore(i, logits[i]));
            if (top.Count > count)
            {
                top.RemoveAt(count);
            }
        }

        return (
            (float)(logits[id] - normaliser),
            [.. top.Select(score => score with { Logprob = (float)(score.Logprob - normaliser) })]);
    }
}
