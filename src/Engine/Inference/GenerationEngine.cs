using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;

namespace Ratchet.Engine.Inference;

/// <summary>
/// Writes many answers at once with one model (continuous batching): each pass reads one token of every answer that is being
/// written and as much of new prompts as fits beside them, whatever adapter each uses.
/// </summary>
/// <remarks>
/// One thread of its own runs the passes. An answer is the same whether it is written alone or among others. Yu et al. 2022
/// (Orca), https://www.usenix.org/conference/osdi22/presentation/yu.
/// </remarks>
public sealed class GenerationEngine : IDisposable
{
    private readonly IInferenceBackend _backend;
    private readonly ITokenizer _tokenizer;
    private readonly GenerationLimits _limits;
    private readonly ConcurrentQueue<RunningSequence> _arrivals = new();
    private readonly ConcurrentQueue<string> _forgotten = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly List<RunningSequence> _waiting = [];
    private readonly List<RunningSequence> _running = [];
    private readonly PrefixCache _prefixes;
    private readonly Thread _thread;
    private long _runningBytes;
    private int _queued;
    private volatile bool _stopping;

    /// <summary>Starts the thread.</summary>
    /// <param name="backend">Runs the passes; used by nobody else from now on. Not disposed of.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="limits">What to take on at once.</param>
    public GenerationEngine(IInferenceBackend backend, ITokenizer tokenizer, GenerationLimits limits)
    {
        _backend = backend;
        _tokenizer = tokenizer;
        _limits = limits;
        _prefixes = new PrefixCache(limits.PrefixesMax);
        _thread = new Thread(Run) { IsBackground = true, Name = "generation" };
        _thread.Start();
    }

    /// <summary>Answers that wait.</summary>
    public int QueueLength => Volatile.Read(ref _queued);

    /// <summary>Answers that are being written; a moment old, for whoever watches.</summary>
    public int RunningCount => _running.Count;

    /// <summary>Tokens that fit into one answer's context, prompt included.</summary>
    public int ContextLength => _backend.Config.ContextLength;

    /// <summary>Writes one answer.</summary>
    /// <param name="request">What to write.</param>
    /// <param name="cancellation">Ends the writing early; the place is free at the next pass.</param>
    /// <returns>The steps of the answer, and how much of the prompt was known already.</returns>
    /// <exception cref="QueueFullException">Too many answers wait.</exception>
    /// <exception cref="ArgumentException">The prompt is empty or leaves no room in the context.</exception>
    public Answer Write(GenerationRequest request, CancellationToken cancellation = default) =>
        Write(request, 1, cancellation)[0];

    /// <summary>Writes several answers to one prompt, which is read once; each has a seed of its own.</summary>
    public IReadOnlyList<Answer> Write(GenerationRequest request, int count, CancellationToken cancellation)
    {
        int promptLength = request.Prompt.Length;
        if (promptLength == 0 || promptLength >= _backend.Config.ContextLength)
        {
            throw new ArgumentException(
                $"The prompt has {promptLength} tokens; it must have at least 1 and at most {_backend.Config.ContextLength - 1}.",
                nameof(request));
        }

        if (CacheBytesOf(request) > _limits.CacheBytesMax)
        {
            throw new ArgumentException(
                $"An answer of up to {request.Config.TokensMax} tokens to {promptLength} tokens needs more cache than "
                + $"{_limits.CacheBytesMax >> 20} MiB. Ask for fewer tokens.",
                nameof(request));
        }

        ObjectDisposedException.ThrowIf(_stopping, this);
        if (Interlocked.Add(ref _queued, count) > _limits.QueueMax + _limits.SequencesMax)
        {
            int queued = Interlocked.Add(ref _queued, -count);
            throw new QueueFullException(queued, TimeSpan.FromSeconds(Math.Clamp(queued / 8, 1, 30)));
        }

        var answers = new List<Answer>(count);
        RunningSequence? leader = null;
        for (int i = 0; i < count; i++)
        {
            GenerationConfig config = request.Config with { Seed = request.Config.Seed + (ulong)i };
            var sequence = new RunningSequence(request with { Config = config }, _tokenizer, leader, _limits.GuessesMax, cancellation);
            leader ??= sequence;
            _arrivals.Enqueue(sequence);
            answers.Add(new Answer(sequence));
        }

        _work.Set();
        return answers;
    }

    /// <summary>Frees what is remembered of an adapter that is being unloaded.</summary>
    public void Forget(string adapterId)
    {
        _forgotten.Enqueue(adapterId);
        _work.Set();
    }

    /// <summary>Stops; answers that are being written end with an error.</summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _work.Set();
        _thread.Join();
        _prefixes.Dispose();
        _work.Dispose();
    }

    private void Run()
    {
        while (!_stopping)
        {
            TakeArrivals();
            Admit();
            if (_running.Count == 0)
            {
                _work.WaitOne(TimeSpan.FromMilliseconds(_waiting.Count > 0 ? 10 : 1000));
                continue;
            }

            try
            {
                Pass();
            }
            catch (Exception failure)
            {
                // One answer's trouble cannot be told from another's here: all of this pass end, the engine goes on.
                foreach (RunningSequence sequence in _running)
                {
                    sequence.Abort(failure);
                }
            }

            Retire();
        }

        TakeArrivals();
        foreach (RunningSequence sequence in _running.Concat(_waiting))
        {
            sequence.Abort(new ObjectDisposedException(nameof(GenerationEngine)));
            sequence.Cache?.Dispose();
        }
    }

    private void TakeArrivals()
    {
        while (_forgotten.TryDequeue(out string? adapterId))
        {
            _prefixes.Forget(adapterId);
        }

        while (_arrivals.TryDequeue(out RunningSequence? sequence))
        {
            _waiting.Add(sequence);
        }
    }

    private void Admit()
    {
        for (int i = 0; i < _waiting.Count;)
        {
            RunningSequence sequence = _waiting[i];
            if (sequence.Cancellation.IsCancellationRequested)
            {
                sequence.Abort(new OperationCanceledException(sequence.Cancellation));
                _waiting.RemoveAt(i);
                Interlocked.Decrement(ref _queued);
                continue;
            }

            // A follower copies its leader's prompt, once that is read.
            if (sequence.Leader is { Finished: false, PromptIsRead: false })
            {
                i++;
                continue;
            }

            if (_running.Count >= _limits.SequencesMax || !MakeRoom(CacheBytesOf(sequence.Request)))
            {
                return;
            }

            Start(sequence);
            _waiting.RemoveAt(i);
            Interlocked.Decrement(ref _queued);
            _running.Add(sequence);
        }
    }

    private bool MakeRoom(long bytes)
    {
        while (_runningBytes + _prefixes.Bytes + bytes > _limits.CacheBytesMax)
        {
            if (!_prefixes.Shrink())
            {
                return false;
            }
        }

        return true;
    }

    private void Start(RunningSequence sequence)
    {
        ReadOnlySpan<int> prompt = sequence.Request.Prompt.Span;
        string adapterId = sequence.Request.AdapterId;
        sequence.CacheBytes = CacheBytesOf(sequence.Request);
        sequence.Cache = _backend.CreateCache(CapacityOf(sequence.Request));
        _runningBytes += sequence.CacheBytes;

        ISequenceCache? source = _prefixes.Find(adapterId, prompt, out int length);
        foreach (RunningSequence other in _running)
        {
            if (other.Request.AdapterId == adapterId)
            {
                int common = Math.Min(
                    PrefixCache.CommonLength(other.Request.Prompt.Span, prompt), other.Cache!.Length);
                if (common > length)
                {
                    (source, length) = (other.Cache, common);
                }
            }
        }

        // The last id of the prompt is always read again: its logits choose the first token.
        length = Math.Min(length, prompt.Length - 1);
        if (source is not null && length > 0)
        {
            sequence.Cache.CopyFrom(source, length);
            sequence.CachedTokens = length;
        }
    }

    private void Pass()
    {
        // Answers first, one token each and what is guessed of the next; then prompts, in order of arrival, as far as the pass has room.
        var pieces = new List<SequencePiece>(_running.Count);
        var owners = new List<(RunningSequence Sequence, int[] Guesses)>(_running.Count);
        int room = _backend.TokensMax;
        int answers = _running.Count(sequence => sequence.Unread == 1);
        foreach (bool wantsPrompt in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (RunningSequence sequence in _running)
            {
                bool isPrompt = sequence.Unread > 1 || sequence.Written == 0;
                if (isPrompt != wantsPrompt || room == 0 || sequence.Cancellation.IsCancellationRequested)
                {
                    continue;
                }

                int take = Math.Min(sequence.Unread, room);
                bool last = take == sequence.Unread;
                int[] guesses = isPrompt ? [] : sequence.Guess(room - answers);
                answers -= isPrompt ? 0 : 1;
                room -= take + guesses.Length;
                pieces.Add(new SequencePiece(
                    sequence.Cache!,
                    (int[])[.. sequence.Slice(sequence.Cache!.Length, take), .. guesses],
                    sequence.Request.Adapter,
                    guesses.Length > 0 ? LogitRows.All : last ? LogitRows.Last : LogitRows.None,
                    IsSampled: !isPrompt));
                owners.Add((sequence, guesses));
            }
        }

        if (pieces.Count == 0)
        {
            return;
        }

        _backend.Forward(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pieces));
        int row = 0;
        for (int i = 0; i < pieces.Count; i++)
        {
            if (pieces[i].Rows != LogitRows.None)
            {
                owners[i].Sequence.Advance(_backend, row, owners[i].Guesses);
                row += 1 + owners[i].Guesses.Length;
            }
        }
    }

    private void Retire()
    {
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            RunningSequence sequence = _running[i];
            if (!sequence.Finished && sequence.Cancellation.IsCancellationRequested)
            {
                sequence.Abort(new OperationCanceledException(sequence.Cancellation));
            }

            if (sequence.Finished)
            {
                _running.RemoveAt(i);
                _runningBytes -= sequence.CacheBytes;
                ISequenceCache cache = sequence.Cache!;
                if (_backend.ComputesPromptsApart && cache.Length > sequence.Request.Prompt.Length)
                {
                    // The answer, in a later prompt, would be read in other numbers than it was written in.
                    cache.Truncate(sequence.Request.Prompt.Length);
                }

                int[] ids = sequence.Slice(0, cache.Length);
                _prefixes.Add(sequence.Request.AdapterId, ids, cache, sequence.CacheBytes);
            }
        }

        MakeRoom(0);
    }

    private int CapacityOf(GenerationRequest request) =>
        (int)Math.Min((long)request.Prompt.Length + request.Config.TokensMax, _backend.Config.ContextLength);

    private long CacheBytesOf(GenerationRequest request) => _backend.CacheBytesOf(CapacityOf(request));

    /// <summary>An answer that is being written.</summary>
    public sealed class Answer
    {
        private readonly RunningSequence _sequence;

        internal Answer(RunningSequence sequence) => _sequence = sequence;

        /// <summary>Tokens of the prompt that needed no reading; final once the first step has come.</summary>
        public int CachedTokens => _sequence.CachedTokens;

        /// <summary>Tokens written so far.</summary>
        public int WrittenTokens => _sequence.Written;

        /// <summary>Tokens that were guessed from what stood before, and those of them that the model wrote.</summary>
        public (int Asked, int Right) Guesses => _sequence.Guesses;

        /// <summary>Why it ended; null while it is written, and where it was broken off.</summary>
        public FinishReason? Finish => _sequence.Reason;

        /// <summary>When the first and the newest token were written, as Stopwatch has it; 0 before that.</summary>
        public (long First, long Newest) WrittenAt => (_sequence.FirstWrittenAt, _sequence.NewestWrittenAt);

        /// <summary>The steps, as they are written; the last one has a finish reason.</summary>
        public async IAsyncEnumerable<GeneratedToken> ReadAsync(
            [EnumeratorCancellation] CancellationToken cancellation = default)
        {
            ChannelReader<GeneratedToken> reader = _sequence.Output.Reader;
            while (await reader.WaitToReadAsync(cancellation).ConfigureAwait(false))
            {
                while (reader.TryRead(out GeneratedToken? token))
                {
                    yield return token;
                }
            }
        }
    }
}
