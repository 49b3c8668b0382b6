namespace Ratchet.Engine.Tokenization.Patterns;

/// <summary>A pattern as steps that <see cref="PatternMatcher"/> takes.</summary>
internal sealed class PatternProgram
{
    private const int StepsMax = 16_384;

    private readonly List<Step> _steps = [];
    private readonly List<CharacterSet> _sets = [];

    private PatternProgram(string source) => Source = source;

    internal enum Code : byte
    {
        /// <summary>One character of set X.</summary>
        One,

        /// <summary>As many characters of set X as there are; gives back one after another.</summary>
        Run,

        /// <summary>Step X, and where that does not lead on, step Y.</summary>
        Fork,

        /// <summary>On to step X.</summary>
        Jump,

        /// <summary>The steps from the next one on match ahead; on to step X.</summary>
        Ahead,

        /// <summary>They do not.</summary>
        NotAhead,

        /// <summary>They match from Y characters before; on to step X.</summary>
        Behind,

        /// <summary>They do not.</summary>
        NotBehind,

        /// <summary>They match, and what they took is not looked into again; on to step X.</summary>
        Atomic,

        /// <summary>The place X.</summary>
        At,

        /// <summary>The end of the steps, or of those that a step above began.</summary>
        Done,
    }

    /// <summary>The pattern as written.</summary>
    internal string Source { get; }

    /// <summary>Whether a match can be a place without characters.</summary>
    internal bool MayBeEmpty { get; private set; }

    internal ReadOnlySpan<Step> Steps => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_steps);

    internal ReadOnlySpan<CharacterSet> Sets => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_sets);

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="VocabularyException">It is no pattern, too large, or has what is not known here.</exception>
    internal static PatternProgram Read(string pattern)
    {
        var program = new PatternProgram(pattern);
        PatternNode all = PatternParser.Read(pattern);
        program.MayBeEmpty = all.LengthMin == 0;
        program.Add(all);
        program.Emit(Code.Done);
        return program;
    }

    private void Add(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.One one:
                Emit(Code.One, SetOf(one.Set));
                break;
            case PatternNode.Sequence sequence:
                foreach (PatternNode part in sequence.Parts)
                {
                    Add(part);
                }

                break;
            case PatternNode.Choice choice:
                AddChoice(choice);
                break;
            case PatternNode.Repeat { Taking: PatternTaking.Possessive } repeat:
                Inside(Code.Atomic, repeat with { Taking = PatternTaking.Greedy });
                break;
            case PatternNode.Repeat repeat:
                AddRepeat(repeat);
                break;
            case PatternNode.Atomic atomic:
                Inside(Code.Atomic, atomic.Part);
                break;
            case PatternNode.Look look:
                Inside(
                    look.IsBehind ? look.IsNegated ? Code.NotBehind : Code.Behind : look.IsNegated ? Code.NotAhead : Code.Ahead,
                    look.Part, look.IsBehind ? look.Part.LengthFixed!.Value : 0);
                break;
            case PatternNode.At at:
                Emit(Code.At, (int)at.Place);
                break;
            default:
                throw new InvalidOperationException($"{node.GetType().Name} has no steps.");
        }
    }

    private void AddChoice(PatternNode.Choice choice)
    {
        var ends = new List<int>();
        for (int i = 0; i < choice.Parts.Count - 1; i++)
        {
            int fork = Emit(Code.Fork, _steps.Count + 1);
            Add(choice.Parts[i]);
            ends.Add(Emit(Code.Jump));
            Point(fork, y: _steps.Count);
        }

        Add(choice.Parts[^1]);
        ends.ForEach(end => Point(end, x: _steps.Count));
    }

    private void AddRepeat(PatternNode.Repeat repeat)
    {
        for (int i = 0; i < repeat.Least; i++)
        {
            Add(repeat.Part);
        }

        bool isLazy = repeat.Taking == PatternTaking.Lazy;
        if (repeat.Most < 0 && !isLazy && repeat.Part is PatternNode.One one)
        {
            Emit(Code.Run, SetOf(one.Set));
        }
        else if (repeat.Most < 0)
        {
            int fork = Emit(Code.Fork);
            Add(repeat.Part);
            Emit(Code.Jump, fork);
            Decide(fork);
        }
        else
        {
            int[] forks = new int[repeat.Most - repeat.Least];
            for (int i = 0; i < forks.Length; i++)
            {
                forks[i] = Emit(Code.Fork);
                Add(repeat.Part);
            }

            Array.ForEach(forks, Decide);
        }

        // One more, or on.
        void Decide(int fork) => Point(fork, isLazy ? _steps.Count : fork + 1, isLazy ? fork + 1 : _steps.Count);
    }

    private void Inside(Code code, PatternNode part, int length = 0)
    {
        int step = Emit(code, 0, length);
        Add(part);
        Emit(Code.Done);
        Point(step, x: _steps.Count);
    }

    private int SetOf(CharacterSet set)
    {
        int known = _sets.IndexOf(set);
        if (known < 0)
        {
            _sets.Add(set);
        }

        return known < 0 ? _sets.Count - 1 : known;
    }

    private int Emit(Code code, int x = 0, int y = 0)
    {
        if (_steps.Count == StepsMax)
        {
            throw PatternFault.Of(Source, $"takes more than {StepsMax:N0} steps once its repetitions are written out; choose a model with a simpler one");
        }

        _steps.Add(new(code, x, y));
        return _steps.Count - 1;
    }

    private void Point(int step, int? x = null, int? y = null) =>
        _steps[step] = _steps[step] with { X = x ?? _steps[step].X, Y = y ?? _steps[step].Y };

    /// <summary>A step; what X and Y are stands with its code.</summary>
    internal readonly record struct Step(Code Code, int X, int Y);
}
