using System.Globalization;

namespace Ratchet.Engine.Tokenization.Patterns;

/// <summary>Reads a regular expression as Oniguruma does with Ruby's syntax, which Hugging Face's tokenizers use.</summary>
/// <remarks>
/// Known are characters and classes, groups, choices, repetitions (greedy, lazy, possessive), what stands ahead and behind, atomic groups,
/// anchors and the flags <c>i</c> and <c>m</c>. What is not known (back references, calls, conditions) is refused with its place.
/// </remarks>
internal sealed class PatternParser
{
    private const int LengthMax = 16_384;
    private const int DepthMax = 64;
    private const int RepeatMax = 10_000;

    private readonly string _text;
    private int _at;
    private int _depth;
    private bool _ignoresCase;
    private bool _dotTakesLines;

    private PatternParser(string text) => _text = text;

    private bool IsEnd => _at == _text.Length;

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="VocabularyException">It is too long, no pattern, or has what is not known here.</exception>
    internal static PatternNode Read(string text)
    {
        if (text.Length > LengthMax)
        {
            throw new VocabularyException($"A pattern has {text.Length:N0} characters; at most {LengthMax:N0} are read. Choose a model with a shorter one.");
        }

        var parser = new PatternParser(text);
        PatternNode all = parser.Choices();
        return parser.IsEnd ? all : throw parser.Fault("a ')' that closes nothing");
    }

    private PatternNode Choices()
    {
        if (++_depth > DepthMax)
        {
            throw Fault($"groups in groups, more than {DepthMax} deep");
        }

        (bool ignoresCase, bool dotTakesLines) = (_ignoresCase, _dotTakesLines);
        List<PatternNode> choices = [Sequence()];
        while (Takes('|'))
        {
            choices.Add(Sequence());
        }

        (_ignoresCase, _dotTakesLines) = (ignoresCase, dotTakesLines);
        _depth--;
        return choices.Count == 1 ? choices[0] : new PatternNode.Choice(choices);
    }

    private PatternNode Sequence()
    {
        var parts = new List<PatternNode>();
        while (!IsEnd && _text[_at] is not ('|' or ')'))
        {
            parts.Add(Repeated(One()));
        }

        return parts.Count == 1 ? parts[0] : new PatternNode.Sequence(parts);
    }

    private PatternNode Repeated(PatternNode part)
    {
        for (int times = 0; Repetition(out int least, out int most, out bool isInterval); times++)
        {
            if (times == DepthMax)
            {
                throw Fault("too many repetitions of one another");
            }

            bool isExact = isInterval && least == most;
            if (Takes('?'))
            {
                // Of {n} it says that it may be missing, of all others that they take few.
                part = isExact
                    ? Repeat(Repeat(part, least, most, PatternTaking.Greedy), 0, 1, PatternTaking.Greedy)
                    : Repeat(part, least, most, PatternTaking.Lazy);
            }
            else
            {
                part = Repeat(part, least, most, !isInterval && Takes('+') ? PatternTaking.Possessive : PatternTaking.Greedy);
            }
        }

        return part;
    }

    private PatternNode.Repeat Repeat(PatternNode part, int least, int most, PatternTaking taking) => most < 0 && part.LengthMin == 0
        ? throw Fault("a repetition without end of what may be empty")
        : new(part, least, most, taking);

    private bool Repetition(out int least, out int most, out bool isInterval)
    {
        (least, most, isInterval) = (0, -1, false);
        switch (IsEnd ? '\0' : _text[_at])
        {
            case '*':
                _at++;
                return true;
            case '+':
                _at++;
                least = 1;
                return true;
            case '?':
                _at++;
                most = 1;
                return true;
            case '{':
                isInterval = true;
                return Interval(out least, out most);
            default:
                return false;
        }
    }

    // {n}, {n,}, {n,m}, {,m}; anything else is text.
    private bool Interval(out int least, out int most)
    {
        (least, most) = (0, -1);
        int close = _text.IndexOf('}', _at);
        ReadOnlySpan<char> inside = close < 0 ? default : _text.AsSpan(_at + 1, close - _at - 1);
        int comma = inside.IndexOf(',');
        ReadOnlySpan<char> first = comma < 0 ? inside : inside[..comma];
        ReadOnlySpan<char> second = comma < 0 ? inside : inside[(comma + 1)..];
        bool hasFirst = int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out least);
        bool hasSecond = int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out most);
        if ((!hasFirst && !hasSecond) || (!hasFirst && !first.IsEmpty) || (!hasSecond && !second.IsEmpty))
        {
            return false;
        }

        most = hasSecond ? most : -1;
        if (least > RepeatMax || most > RepeatMax || (hasSecond && most < least))
        {
            throw Fault($"a repetition that is none, or of more than {RepeatMax:N0} times");
        }

        _at = close + 1;
        return true;
    }

    private PatternNode One()
    {
        char mark = _text[_at];
        switch (mark)
        {
            case '(':
                _at++;
                return Group();
            case '[':
                return new PatternNode.One(PatternClassParser.Read(_text, ref _at, _ignoresCase));
            case '.':
                _at++;
                return new PatternNode.One(_dotTakesLines ? CharacterSet.All : CharacterSet.One('\n').Not());
            case '^':
                _at++;
                return new PatternNode.At(PatternPlace.LineStart);
            case '$':
                _at++;
                return new PatternNode.At(PatternPlace.LineEnd);
            case '*' or '+' or '?':
                throw Fault("a repetition of nothing");
            case '\\' when _at + 1 < _text.Length && Anchor(_text[_at + 1]) is { } place:
                _at += 2;
                return new PatternNode.At(place);
            case '\\':
                CharacterSet set = PatternClassParser.Escape(_text, ref _at, isInClass: false, out _);
                return new PatternNode.One(_ignoresCase ? set.IgnoringCase() : set);
            default:
                int code = CharacterSet.CodeAt(_text, _at, out int size);
                _at += size;
                var one = CharacterSet.One(code);
                return new PatternNode.One(_ignoresCase ? one.IgnoringCase() : one);
        }
    }

    private static PatternPlace? Anchor(char mark) => mark switch
    {
        'A' => PatternPlace.Start,
        'z' => PatternPlace.End,
        'Z' => PatternPlace.LastLineEnd,
        'b' => PatternPlace.WordEdge,
        'B' => PatternPlace.NoWordEdge,
        _ => null,
    };

    private PatternNode Group()
    {
        int open = _at - 1;
        if (!Takes('?'))
        {
            return Closed(open, Choices());
        }

        if (Takes("#"))
        {
            int close = _text.IndexOf(')', _at);
            _at = close < 0 ? throw Fault("a remark without end") : close + 1;
            return new PatternNode.Sequence([]);
        }

        return Takes(":") ? Closed(open, Choices())
            : Takes("=") ? Look(open, isBehind: false, isNegated: false)
            : Takes("!") ? Look(open, isBehind: false, isNegated: true)
            : Takes(">") ? new PatternNode.Atomic(Closed(open, Choices()))
            : Takes("<=") ? Look(open, isBehind: true, isNegated: false)
            : Takes("<!") ? Look(open, isBehind: true, isNegated: true)
            : Takes("<") ? Named(open)
            : Flags(open);
    }

    private PatternNode Look(int open, bool isBehind, bool isNegated)
    {
        PatternNode part = Closed(open, Choices());
        if (!isBehind)
        {
            return new PatternNode.Look(part, IsBehind: false, isNegated);
        }

        // Each choice has a length of its own.
        IReadOnlyList<PatternNode> choices = part is PatternNode.Choice choice ? choice.Parts : [part];
        if (choices.Any(one => one.LengthFixed is null))
        {
            throw Fault("what has to stand behind, in texts of several lengths");
        }

        PatternNode[] looks = [.. choices.Select(one => new PatternNode.Look(one, IsBehind: true, isNegated))];
        return looks.Length == 1 ? looks[0] : isNegated ? new PatternNode.Sequence(looks) : new PatternNode.Choice(looks);
    }

    private PatternNode Named(int open)
    {
        int close = _text.IndexOf('>', _at);
        _at = close > _at ? close + 1 : throw Fault("a group without a name");
        return Closed(open, Choices());
    }

    // (?i) holds to the end of the group that it stands in, (?i:...) inside its own.
    private PatternNode Flags(int open)
    {
        (bool ignoresCase, bool dotTakesLines) = (_ignoresCase, _dotTakesLines);
        bool isOn = true;
        while (!IsEnd && _text[_at] is not (':' or ')'))
        {
            switch (_text[_at])
            {
                case '-':
                    isOn = false;
                    break;
                case 'i':
                    _ignoresCase = isOn;
                    break;
                case 'm':
                    _dotTakesLines = isOn;
                    break;
                default:
                    throw Fault("a group of a kind that is not known here");
            }

            _at++;
        }

        if (Takes(':'))
        {
            PatternNode inside = Closed(open, Choices());
            (_ignoresCase, _dotTakesLines) = (ignoresCase, dotTakesLines);
            return inside;
        }

        // The group around this one sets the flags back.
        return Takes(')') ? Choices() : throw Fault("a group without end");
    }

    private PatternNode Closed(int open, PatternNode inside)
    {
        if (!Takes(')'))
        {
            _at = open;
            throw Fault("a group without end");
        }

        return inside;
    }

    private bool Takes(char mark) => Takes([mark]);

    private bool Takes(ReadOnlySpan<char> marks)
    {
        bool takes = _text.AsSpan(_at).StartsWith(marks);
        _at += takes ? marks.Length : 0;
        return takes;
    }

    private VocabularyException Fault(string found) => PatternFault.At(_text, _at, found);
}
