using System.Text;
using Ratchet.Engine.Tokenization;

namespace Ratchet.InferenceService.Tools;

/// <summary>
/// Parts an answer, as it is written, into text and calls. Text goes on at once, except what may be the beginning of a
/// call; what began as a call and is none comes out as the text it is.
/// </summary>
internal sealed class ToolCallReader
{
    private static readonly char[] Separators = [' ', '\t', '\r', '\n', ',', ';'];

    private readonly ToolPlan _plan;
    private readonly List<FunctionCall> _calls = [];
    private readonly StringBuilder _text = new();
    private string _held;
    private bool _isCall;
    private bool _isText;

    public ToolCallReader(ToolPlan plan)
    {
        _plan = plan;
        _held = plan.Opening;
    }

    /// <summary>The calls so far.</summary>
    public IReadOnlyList<FunctionCall> Calls => _calls;

    /// <summary>The text so far, without calls.</summary>
    public string Text => _text.ToString();

    /// <summary>Whether no more of the answer is wanted.</summary>
    public bool IsDone => _plan.TakesOne && _calls.Count > 0;

    /// <summary>Takes the next piece; returns the text that can be shown.</summary>
    public string Append(string piece)
    {
        if (IsDone)
        {
            return "";
        }

        _held += piece;
        return Show(_plan.Form == ToolCallForm.Tagged ? ReadTagged() : ReadBare());
    }

    /// <summary>Takes the end of the answer; returns the rest of its text.</summary>
    public string Finish()
    {
        string rest = _held;
        _held = "";
        if (IsDone)
        {
            return "";
        }

        // The token that ends the turn may stand for the closing tag.
        if (_isCall && Take(rest[ToolCallText.Tag.Length..], out _))
        {
            return "";
        }

        return _calls.Count > 0 && rest.Trim(Separators).Length == 0 ? "" : Show(rest);
    }

    private string ReadTagged()
    {
        var shown = new StringBuilder();
        while (!IsDone)
        {
            if (!_isCall)
            {
                int start = _held.IndexOf(ToolCallText.Tag, StringComparison.Ordinal);
                int keep = start >= 0 ? start : _held.Length - HeldBack(_held);
                shown.Append(start >= 0 ? _held[..keep].TrimEnd() : _held[..keep]);
                _held = _held[keep..];
                _isCall = start >= 0;
            }

            if (!_isCall || !ReadCall(shown))
            {
                return shown.ToString();
            }
        }

        _held = "";
        return shown.ToString();
    }

    // A closing tag inside the arguments does not end the call: the JSON before it is not whole.
    private bool ReadCall(StringBuilder shown)
    {
        int from = ToolCallText.Tag.Length;
        int last = -1;
        while (_held.IndexOf(ToolCallText.EndTag, from, StringComparison.Ordinal) is var end and >= 0)
        {
            if (Take(_held[ToolCallText.Tag.Length..end], out _))
            {
                _held = _held[(end + ToolCallText.EndTag.Length)..];
                _isCall = false;
                return true;
            }

            last = end + ToolCallText.EndTag.Length;
            from = last;
        }

        // A second call that opens says that the first was none.
        int next = last < 0 ? -1 : _held.IndexOf(ToolCallText.Tag, last, StringComparison.Ordinal);
        if (next < 0)
        {
            return false;
        }

        shown.Append(_held[..next]);
        _held = _held[next..];
        return true;
    }

    // One object after the other, parted by blanks, commas or semicolons; anything else is text to the end.
    private string ReadBare()
    {
        while (!_isText && !IsDone)
        {
            string body = _held.TrimStart(Separators);
            if (body.Length == 0)
            {
                return "";
            }

            if (body[0] != '{')
            {
                _isText = true;
            }
            else if (!body.Contains('}', StringComparison.Ordinal) || !Take(body, out int length))
            {
                return "";
            }
            else
            {
                _held = body[length..];
            }
        }

        string text = IsDone ? "" : _held;
        _held = "";
        return text;
    }

    private bool Take(string json, out int length)
    {
        if (ToolCallText.Read(json, out length) is not { } call || !_plan.Offers(call.Name))
        {
            return false;
        }

        _calls.Add(call);
        return true;
    }

    // Blanks at the end, and what may become the tag: a call may follow, and then they are not part of the text.
    private static int HeldBack(string text)
    {
        int tag = 0;
        for (int length = Math.Min(ToolCallText.Tag.Length - 1, text.Length); length > 0 && tag == 0; length--)
        {
            if (text.EndsWith(ToolCallText.Tag[..length], StringComparison.Ordinal))
            {
                tag = length;
            }
        }

        return tag + (text.Length - tag - text.AsSpan(0, text.Length - tag).TrimEnd().Length);
    }

    private string Show(string text)
    {
        _text.Append(text);
        return text;
    }
}
