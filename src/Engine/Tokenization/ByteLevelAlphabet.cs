namespace Ratchet.Engine.Tokenization;

/// <summary>GPT-2's spelling of bytes as visible characters, in which byte-level vocabularies are written.</summary>
/// <remarks>
/// Printable Latin-1 characters stand for themselves; the other 68 bytes are, in order, U+0100, U+0101, ...
/// Source: bytes_to_unicode in https://github.com/openai/gpt-2/blob/master/src/encoder.py.
/// </remarks>
internal static class ByteLevelAlphabet
{
    private static readonly char[] CharOfByte = MakeChars();
    private static readonly short[] ByteOfChar = MakeBytes();

    internal static char ToChar(byte value) => CharOfByte[value];

    /// <summary>The bytes that a token's spelling stands for, or null where a character stands for none.</summary>
    internal static byte[]? ToBytes(string spelling)
    {
        byte[] bytes = new byte[spelling.Length];
        for (int i = 0; i < spelling.Length; i++)
        {
            int value = spelling[i] < ByteOfChar.Length ? ByteOfChar[spelling[i]] : -1;
            if (value < 0)
            {
                return null;
            }

            bytes[i] = (byte)value;
        }

        return bytes;
    }

    private static char[] MakeChars()
    {
        char[] chars = new char[256];
        char next = 'Ā';
        for (int value = 0; value < 256; value++)
        {
            bool visible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            chars[value] = visible ? (char)value : next++;
        }

        return chars;
    }

    private static short[] MakeBytes()
    {
        short[] bytes = new short[CharOfByte.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++)
        {
            bytes[CharOfByte[value]] = (short)value;
        }

        return bytes;
    }
}
