using System.Text;

namespace Ratchet.Engine.Inference;

/// <summary>
/// Turns the bytes of tokens into text that may be shown: whole characters only, nothing of a stop text, and no end that
/// could still become one. The result does not depend on how tokens cut the text.
/// </summary>
public sealed class StopTextScanner
{
    private readonly IReadOnlyList<string> _stops;
    private readonly int _stopLengthMax;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _held = new();

    /// <summary>Prepares for one answer.</summary>
    /// <param name="stops">Texts that end the answer; none may be empty.</param>
    public StopTextScanner(IReadOnlyList<string> stops)
    {
        _stops = stops;
        foreach (string stop in stops)
        {
            ArgumentException.ThrowIfNullOrEmpty(stop, nameof(stops));
            _stopLengthMax = Math.Max(_stopLengthMax, stop.Length);
        }
    }

    /// <summary>True once a stop text was complete; nothing comes after it.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Adds a token's bytes.</summary>
    /// <returns>The text that can be delivered now; often empty.</returns>
    public string Append(ReadOnlySpan<byte> bytes) => Take(bytes, flush: false);

    /// <summary>Ends the answer.</summary>
    /// <returns>What was held back; an unfinished character as U+FFFD.</returns>
    public string Finish()
    {
        if (Stopped)
        {
            return "";
        }

        string text = Take([], flush: true);
        if (Stopped)
        {
            return text;
        }

        text += _held.ToString();
        _held.Clear();
        return text;
    }

    private string Take(ReadOnlySpan<byte> bytes, bool flush)
    {
        if (Stopped)
        {
            return "";
        }

        char[] decoded = new char[_decoder.GetCharCount(bytes, flush)];
        int count = _decoder.GetChars(bytes, decoded, flush);
        int start = _held.Length;
        _held.Append(decoded, 0, count);
        if (_stops.Count == 0)
        {
            return Release(_held.Length);
        }

        string text = _held.ToString();
        for (int end = start + 1; end <= text.Length; end++)
        {
            // The stop that is complete first; of several complete at the same character, the longest.
            int longest = 0;
            foreach (string stop in _stops)
            {
                if (stop.Length > longest && stop.Length <= end
                    && text.AsSpan(end - stop.Length, stop.Length).SequenceEqual(stop))
                {
                    longest = stop.Length;
                }
            }

            if (longest > 0)
            {
                Stopped = true;
                string delivered = text[..(end - longest)];
                _held.Clear();
                return delivered;
            }
        }

        return Release(FirstPossibleStop(text));
    }

    // The first position from which the rest of the text is the beginning of some stop.
    private int FirstPossibleStop(string text)
    {
        for (int i = Math.Max(0, text.Length - _stopLengthMax + 1); i < text.Length; i++)
        {
            ReadOnlySpan<char> tail = text.AsSpan(i);
            foreach (string stop in _stops)
            {
                if (stop.Length > tail.Length && stop.AsSpan().StartsWith(tail))
                {
                    return i;
                }
            }
        }

        return text.Length;
    }

    private string Release(int length)
    {
        // Both halves of a character beyond U+FFFF come from one decoding, but a stop may begin between them.
        if (length > 0 && length < _held.Length && char.IsHighSurrogate(_held[length - 1]))
        {
            length--;
        }

        string text = _held.ToString(0, length);
        _held.Remove(0, length);
        return text;
    }
}
