using System.Diagnostics;
using System.Numerics.Tensors;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Torch;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>Scores and writes answers with the engine, on the backend of the process.</summary>
/// <remarks>
/// A prompt is run once: its keys and values serve the likelihood of the reference and then the written answer. What the
/// prompts of a batch begin with alike (the system message) is run once for all of them.
/// </remarks>
internal sealed class ManagedScorer : IAnswerScorer
{
    private const int TokensPerPass = 1024;
    private const int SharedMin = 8;

    private readonly LoadedDecoder _loaded;
    private readonly ChatEncoder _chat;
    private readonly LoraAdapter? _adapter;
    private readonly IInferenceBackend _runner;

    public ManagedScorer(LoadedDecoder loaded, IEngineBackend backend, ChatEncoder chat, string? adapterFolder)
    {
        _loaded = loaded;
        _chat = chat;
        _adapter = adapterFolder is null ? null : LoraAdapter.Load(adapterFolder, loaded.Model);
        _runner = backend.CreateInference(loaded.Model, Precision.Float32, TokensPerPass);
    }

    public IReadOnlyList<AnswerScore> Score(IReadOnlyList<AnswerRequest> requests)
    {
        Sequence[] sequences = [.. requests.Select(Open)];
        try
        {
            Share(sequences);
            foreach (Sequence[] pass in Passes(sequences))
            {
                ScorePass(pass);
            }

            Write(sequences);
            return [.. sequences.Select(Result)];
        }
        finally
        {
            Array.ForEach(sequences, sequence => sequence.Cache.Dispose());
        }
    }

    public void Dispose()
    {
        _runner.Dispose();
        _adapter?.Dispose();
    }

    private Sequence Open(AnswerRequest request)
    {
        List<ChatMessage> messages = [.. request.Prompt.Select(m => new ChatMessage(m.Role, m.Content))];
        int[] prompt = _chat.EncodePrompt(messages);
        messages.Add(new ChatMessage("assistant", request.Answer));
        EncodedConversation whole = _chat.EncodeConversation(messages, LossTargets.LastAssistantTurn);

        // Templates may write a line end after the turn; what counts is what the model would have to say.
        int end = Array.LastIndexOf(whole.Mask, true) + 1;
        int[] answer = whole.Ids[prompt.Length..end];
        return new Sequence(
            request, prompt, answer, _runner.CreateCache(prompt.Length + answer.Length + request.WriteTokens + 1));
    }

    private void Share(Sequence[] sequences)
    {
        int shared = sequences.Min(s => s.Prompt.Length) - 1;
        foreach (Sequence sequence in sequences)
        {
            shared = Math.Min(shared, sequence.Prompt.AsSpan().CommonPrefixLength(sequences[0].Prompt));
        }

        if (sequences.Length < 2 || shared < SharedMin)
        {
            return;
        }

        Prefill(sequences[0], shared);
        foreach (Sequence sequence in sequences.AsSpan(1))
        {
            sequence.Cache.CopyFrom(sequences[0].Cache, shared);
        }
    }

    // Groups whose open tokens fit into one pass; a prompt longer than a pass is run up to its last part first.
    private IEnumerable<Sequence[]> Passes(Sequence[] sequences)
    {
        var group = new List<Sequence>();
        int tokens = 0;
        foreach (Sequence sequence in sequences)
        {
            int open = OpenCount(sequence);
            if (open > TokensPerPass)
            {
                Prefill(sequence, sequence.Prompt.Length + sequence.Answer.Length - TokensPerPass);
                open = OpenCount(sequence);
            }

            if (tokens + open > TokensPerPass)
            {
                yield return [.. group];
                group.Clear();
                tokens = 0;
            }

            group.Add(sequence);
            tokens += open;
        }

        if (group.Count > 0)
        {
            yield return [.. group];
        }
    }

    private static int OpenCount(Sequence sequence) =>
        sequence.Prompt.Length + sequence.Answer.Length - 1 - sequence.Cache.Length;

    private void Prefill(Sequence sequence, int until)
    {
        while (sequence.Cache.Length < until)
        {
            int start = sequence.Cache.Length;
            int count = Math.Min(TokensPerPass, until - start);
            _runner.Forward(
            [
                new SequencePiece(sequence.Cache, sequence.Prompt.AsMemory(start, count), _adapter, LogitRows.None),
            ]);
        }
    }

    private void ScorePass(Sequence[] sequences)
    {
        var pieces = new SequencePiece[sequences.Length];
        for (int i = 0; i < sequences.Length; i++)
        {
            Sequence sequence = sequences[i];
            int start = sequence.Cache.Length;
            int[] tokens = [.. sequence.Prompt.AsSpan(start), .. sequence.Answer.AsSpan(0, sequence.Answer.Length - 1)];
            int[] targets = new int[tokens.Length];
            Array.Fill(targets, -1);
            sequence.Answer.CopyTo(targets, tokens.Length - sequence.Answer.Length);
            pieces[i] = new SequencePiece(sequence.Cache, tokens, _adapter, LogitRows.None, targets);
        }

        float[] logProbabilities = new float[pieces.Sum(piece => piece.Tokens.Length)];
        _runner.Score(pieces, logProbabilities);
        int place = 0;
        for (int i = 0; i < sequences.Length; i++)
        {
            int count = pieces[i].Tokens.Length;
            foreach (float value in logProbabilities.AsSpan(place + count - sequences[i].Answer.Length, sequences[i].Answer.Length))
            {
                sequences[i].NllSum -= value;
            }

            place += count;
        }
    }

    // All that write go on together, a token each a pass: the weights are read once for all of them.
    private void Write(Sequence[] sequences)
    {
        List<Sequence> writing = [.. sequences.Where(s => s.Request.WriteTokens > 0)];
        foreach (Sequence sequence in writing)
        {
            sequence.Cache.Truncate(sequence.Prompt.Length - 1);
            sequence.Next = sequence.Prompt[^1];
        }

        while (writing.Count > 0)
        {
            long started = Stopwatch.GetTimestamp();
            _runner.Forward([.. writing.Select(s => new SequencePiece(s.Cache, new[] { s.Next }, _adapter, LogitRows.Last))]);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds / writing.Count;
            for (int i = 0; i < writing.Count; i++)
            {
                Sequence sequence = writing[i];
                sequence.Next = TensorPrimitives.IndexOfMax(_runner.Logits(i));
                sequence.Written.Add(sequence.Next);
                sequence.Seconds += seconds;
            }

            writing.RemoveAll(s => s.Written.Count >= s.Request.WriteTokens || _chat.StopTokens.Contains(s.Next));
        }
    }

    private AnswerScore Result(Sequence sequence) => new(
        sequence.NllSum,
        sequence.Answer.Length,
        sequence.Prompt.Length,
        sequence.Request.WriteTokens == 0
            ? null : _loaded.Tokenizer.Decode([.. sequence.Written], skipSpecial: true).Trim(),
        sequence.Written.Count,
        sequence.Seconds);

    private sealed class Sequence(AnswerRequest request, int[] prompt, int[] answer, ISequenceCache cache)
    {
        public AnswerRequest Request { get; } = request;

        public int[] Prompt { get; } = prompt;

        public int[] Answer { get; } = answer;

        public ISequenceCache Cache { get; } = cache;

        public List<int> Written { get; } = [];

        public int Next { get; set; }

        public double NllSum { get; set; }

        public double Seconds { get; set; }
    }
}
