namespace Ratchet.Engine.Inference;

/// <summary>
/// Guesses the next tokens of one answer: where its last three stood before, in the prompt or in the answer, the same may follow again.
/// The model then reads the guesses in one pass and says of each whether it would have written it.
/// </summary>
/// <remarks>
/// Answers with sources quote their sources. Guesses cost a row each, so their number doubles while all are right and halves with every miss; after a
/// miss of a single one there are none for a while. Saxena 2023, https://github.com/apoorvumang/prompt-lookup-decoding.
/// </remarks>
/// <param name="guessesMax">Guesses at once, at most.</param>
internal sealed class PromptLookup(int guessesMax)
{
    private const int MatchLength = 3;
    private const int BitsPerId = 21;
    private const int TokensOfPause = 16;

    private readonly Dictionary<long, int> _followers = [];
    private int _indexed = MatchLength;
    private int _length = Math.Min(2, guessesMax);
    private int _pausedUntil;

    /// <summary>Guesses what follows.</summary>
    /// <param name="ids">Prompt and answer so far; grows from call to call, nothing in it changes.</param>
    /// <param name="room">Guesses that there is room for.</param>
    /// <returns>None where nothing like the end stood before, or where guessing did not pay of late.</returns>
    public int[] Guess(IReadOnlyList<int> ids, int room)
    {
        // The end itself is looked up before it is remembered.
        for (; _indexed < ids.Count; _indexed++)
        {
            if (TryKey(ids, _indexed, out long known))
            {
                _followers[known] = _indexed;
            }
        }

        int count = Math.Min(_length, room);
        if (count <= 0 || ids.Count < _pausedUntil || !TryKey(ids, ids.Count, out long key) || !_followers.TryGetValue(key, out int from))
        {
            return [];
        }

        // What repeats itself goes on past the end with the guesses.
        int[] guesses = new int[count];
        for (int i = 0; i < count; i++)
        {
            guesses[i] = from + i < ids.Count ? ids[from + i] : guesses[from + i - ids.Count];
        }

        return guesses;
    }

    /// <summary>Says how the last guesses went.</summary>
    /// <param name="guesses">How many there were.</param>
    /// <param name="right">How many of them the model wrote.</param>
    /// <param name="idCount">Ids of prompt and answer now.</param>
    public void Learn(int guesses, int right, int idCount)
    {
        if (right == guesses)
        {
            _length = Math.Min(Math.Max(_length, 2 * guesses), guessesMax);
        }
        else if (2 * right < guesses || right == 0)
        {
            _pausedUntil = guesses == 1 ? idCount + TokensOfPause : _pausedUntil;
            _length = Math.Max(1, guesses / 2);
        }
    }

    // The three ids before a place; none where an id is too large for its share of the key.
    private static bool TryKey(IReadOnlyList<int> ids, int end, out long key)
    {
        key = 0;
        if (end < MatchLength)
        {
            return false;
        }

        for (int i = end - MatchLength; i < end; i++)
        {
            if (ids[i] >> BitsPerId != 0)
            {
                return false;
            }

            key = (key << BitsPerId) | (uint)ids[i];
        }

        return true;
    }
}
