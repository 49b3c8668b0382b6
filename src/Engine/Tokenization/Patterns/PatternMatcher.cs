using System.Runtime.CompilerServices;

namespace Ratchet.Engine.Tokenization.Patterns;

/// <summary>Finds the matches of a pattern in one text: the leftmost, and of those the one that the pattern names first.</summary>
/// <remarks>
/// It tries and takes back. What has failed at a place, and what a look ahead has found, is remembered, a window of places at a time, so
/// that a run of characters is not walked again from each of its own; and the work is bounded by the text's length, whatever the pattern.
/// </remarks>
internal ref struct PatternMatcher
{
    private const int RememberedSize = 1 << 12;
    private const long StepsAlways = 4_000_000;
    private const long StepsPerUnit = 512;
    private const int FramesMax = 1 << 22;

    private readonly PatternProgram _program;
    private readonly ReadOnlySpan<PatternProgram.Step> _steps;
    private readonly ReadOnlySpan<CharacterSet> _sets;
    private readonly ReadOnlySpan<char> _text;
    private readonly List<Frame> _frames;
    private readonly long[] _failed;
    private readonly long[] _led;
    private Dictionary<int, (int Low, int High)>? _runs;
    private long _stepsLeft;
    private int _start;

    /// <param name="program">The pattern.</param>
    /// <param name="text">Where matches are looked for, all of it: nothing before or behind it is seen.</param>
    internal PatternMatcher(PatternProgram program, ReadOnlySpan<char> text)
    {
        _program = program;
        _steps = program.Steps;
        _sets = program.Sets;
        _text = text;
        _frames = [];
        _failed = new long[Math.Min(RememberedSize, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)text.Length + 1))];
        _led = new long[_failed.Length];
        _stepsLeft = StepsAlways + (StepsPerUnit * text.Length);
    }

    /// <summary>The first match that begins at <paramref name="from"/> or behind it; it may be empty.</summary>
    /// <exception cref="VocabularyException">The pattern takes too much work on this text.</exception>
    internal bool TryFind(int from, out int start, out int length)
    {
        for (start = from; start <= _text.Length;)
        {
            _start = start;
            int end = End(0, start);
            if (end >= 0)
            {
                length = end - start;
                return true;
            }

            start += start < _text.Length ? Size(start) : 1;
        }

        length = 0;
        return false;
    }

    internal readonly int Size(int at)
    {
        _ = CharacterSet.CodeAt(_text, at, out int size);
        return size;
    }

    // Where the steps from one on end; below 0 where they do not match.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int End(int step, int at, bool isLook = false)
    {
        int floor = _frames.Count;
        while (true)
        {
            if (--_stepsLeft < 0)
            {
                throw PatternFault.Of(_program.Source, $"takes more than {StepsAlways + (StepsPerUnit * _text.Length):N0} steps on a text of {_text.Length:N0} "
                    + "characters; send a shorter text, or choose a model with a simpler pattern");
            }

            PatternProgram.Step now = _steps[step];
            bool leadsOn;
            switch (now.Code)
            {
                case PatternProgram.Code.One:
                    leadsOn = at < _text.Length && _sets[now.X].Has(CharacterSet.CodeAt(_text, at, out _));
                    at += leadsOn ? Size(at) : 0;
                    step++;
                    break;
                case PatternProgram.Code.Run:
                    leadsOn = TryRun(step, ref at);
                    step++;
                    break;
                case PatternProgram.Code.Fork:
                    leadsOn = !HasFailed(step, at);
                    if (isLook && _led[Slot(step, at)] == Key(step, at))
                    {
                        return Leave(floor, at, isLook);
                    }

                    if (leadsOn)
                    {
                        Push(new(step, at, 0));
                    }

                    step = now.X;
                    break;
                case PatternProgram.Code.Jump:
                    leadsOn = true;
                    step = now.X;
                    break;
                case PatternProgram.Code.Done:
                    return Leave(floor, at, isLook);
                case PatternProgram.Code.At:
                    leadsOn = IsAt((PatternPlace)now.X, at);
                    step++;
                    break;
                case PatternProgram.Code.Atomic:
                    int end = End(step + 1, at);
                    leadsOn = end >= 0;
                    at = end;
                    step = now.X;
                    break;
                default:
                    bool isAhead = now.Code is PatternProgram.Code.Ahead or PatternProgram.Code.NotAhead;
                    int from = isAhead ? at : Before(at, now.Y);
                    bool matches = from >= 0 && End(step + 1, from, isLook: true) >= 0;
                    leadsOn = matches == now.Code is PatternProgram.Code.Ahead or PatternProgram.Code.Behind;
                    step = now.X;
                    break;
            }

            if (!leadsOn && !TryBack(floor, out step, out at))
            {
                return -1;
            }
        }
    }

    // Of what only looks it counts that it matches, not how far: each fork on the way there leads to a match.
    private readonly int Leave(int floor, int at, bool isLook)
    {
        for (int i = _frames.Count - 1; isLook && i >= floor; i--)
        {
            Frame frame = _frames[i];
            if (_steps[frame.Step].Code == PatternProgram.Code.Fork)
            {
                Remember(_led, frame.Step, frame.Low);
            }
        }

        _frames.RemoveRange(floor, _frames.Count - floor);
        return at;
    }

    // All of a run; what is left of it is tried from its end backwards.
    private readonly bool TryRun(int step, ref int at)
    {
        // A run that led nowhere, however short, leads nowhere from inside it either: what comes upon one is left with its own part.
        (int Low, int High) known = (-1, -1);
        _ = _runs?.TryGetValue(step, out known);
        int low = at;
        CharacterSet set = _sets[_steps[step].X];
        while (at < _text.Length && set.Has(CharacterSet.CodeAt(_text, at, out int size)))
        {
            if (at >= known.Low && at <= known.High)
            {
                if (at > low)
                {
                    Push(new(step, low, at) { High = known.High });
                }

                return false;
            }

            at += size;
        }

        if (at == known.High && low >= known.Low)
        {
            return false;
        }

        if (at > low)
        {
            Push(new(step, low, at) { High = at });
        }

        return true;
    }

    private bool TryBack(int floor, out int step, out int at)
    {
        while (_frames.Count > floor)
        {
            Frame top = _frames[^1];
            if (_steps[top.Step].Code == PatternProgram.Code.Run)
            {
                if (top.Next > top.Low)
                {
                    at = Before(top.Next, 1);
                    step = top.Step + 1;
                    _frames[^1] = top with { Next = at };
                    return true;
                }

                (_runs ??= [])[top.Step] = (top.Low, top.High);
            }
            else if (top.Next == 0)
            {
                // The other way of a fork; the frame stays, to tell when that has failed too.
                _frames[^1] = top with { Next = 1 };
                at = top.Low;
                step = _steps[top.Step].Y;
                return true;
            }
            else
            {
                Remember(_failed, top.Step, top.Low);
            }

            _frames.RemoveAt(_frames.Count - 1);
        }

        (step, at) = (-1, -1);
        return false;
    }

    private readonly bool IsAt(PatternPlace place, int at) => place switch
    {
        PatternPlace.Start => at == 0,
        PatternPlace.End => at == _text.Length,
        PatternPlace.LastLineEnd => at == _text.Length || (at == _text.Length - 1 && _text[at] == '\n'),
        PatternPlace.LineStart => at == 0 || (_text[at - 1] == '\n' && at < _text.Length),
        PatternPlace.LineEnd => at == _text.Length || _text[at] == '\n',
        _ => (IsWord(Before(at, 1)) != IsWord(at)) == (place == PatternPlace.WordEdge),
    };

    private readonly bool IsWord(int at) => at >= 0 && at < _text.Length && CharacterProperties.Word.Has(CharacterSet.CodeAt(_text, at, out _));

    // Below 0 where there are not that many characters before.
    private readonly int Before(int at, int count)
    {
        for (; count > 0 && at >= 0; count--)
        {
            at -= at >= 2 && char.IsLowSurrogate(_text[at - 1]) && char.IsHighSurrogate(_text[at - 2]) ? 2 : 1;
        }

        return at;
    }

    private readonly void Push(Frame frame)
    {
        if (_frames.Count == FramesMax)
        {
            throw PatternFault.Of(_program.Source, $"can go on in more than {FramesMax:N0} ways at once on a text of {_text.Length:N0} characters; send a shorter text");
        }

        _frames.Add(frame);
    }

    private readonly bool HasFailed(int step, int at) => _failed[Slot(step, at)] == Key(step, at);

    // What is near and ahead is met again first: what is farther off does not take its slot.
    private readonly void Remember(long[] table, int step, int at)
    {
        ref long slot = ref table[Slot(step, at)];
        int kept = (int)slot;
        if (slot == 0 || kept < _start || kept >= at)
        {
            slot = Key(step, at);
        }
    }

    private readonly int Slot(int step, int at) => (at + (step * 97)) & (_failed.Length - 1);

    // 0 is nobody's.
    private static long Key(int step, int at) => ((long)(step + 1) << 32) | (uint)at;

    /// <summary>What is to be tried when what follows does not lead on.</summary>
    /// <param name="Step">A run, or a fork.</param>
    /// <param name="Low">Where it began.</param>
    /// <param name="Next">Where a run ends at present; of a fork the ways that were taken, less one.</param>
    private readonly record struct Frame(int Step, int Low, int Next)
    {
        /// <summary>Where a run ended first.</summary>
        internal int High { get; init; }
    }
}
