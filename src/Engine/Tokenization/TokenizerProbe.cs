namespace Ratchet.Engine.Tokenization;

/// <summary>Texts on which two tokenizers that ought to be the same are compared before one is handed out for the other.</summary>
internal static class TokenizerProbe
{
    private const int ShownMax = 40;

    private static readonly string[] Texts =
    [
        "", "a", "Hello, world!", "Hello  world", "What is the return policy for order no. 20,457?", " leading and trailing ", "   three   spaces   ",
        "line one\nline two\r\n\r\n\ttabbed\n", "I'll say it's what they've said; WE'LL see, he'd.", "CamelCaseHTTPServer2Go snake_case_name x=y+1",
        "for (int i = 0; i < 10; i++) {\n    total += values[i] * 3.14159;\n}", "1234567890 12 3.5e-7 0x1F ½ Ⅳ ٣٤", "naïve café résumé Straße İstanbul Ångström",
        "cafe\u0301 e\u0301\u0323", "模型如何学习新的文档？", "日本語のテキストと、カタカナ。", "한국어 문장입니다.", "Привет, мир! Ещё раз.", "مرحبا بالعالم", "नमस्ते दुनिया",
        "🎉🦙 emoji 👩‍👩‍👧 𝐁𝟙 𠮷", "\u00A0\u3000\u2028\u200D", "<|im_start|>user\nHi<|im_end|>", "<s>[INST] x [/INST]</s>", "$100 & 50% @home #tag ~/path \\ \"quoted\" `code`",
    ];

    /// <summary>The first text on which two tokenizers differ, shortened; null where they agree on all.</summary>
    internal static string? FirstDifference(ITokenizer one, ITokenizer other)
    {
        foreach (string text in Texts)
        {
            foreach (bool special in (bool[])[false, true])
            {
                if (!one.Encode(text, special, special).AsSpan().SequenceEqual(other.Encode(text, special, special)))
                {
                    return text.Length > ShownMax ? text[..ShownMax] : text;
                }
            }

            int[] ids = one.Encode(text);
            if (one.Decode(ids) != other.Decode(ids))
            {
                return text.Length > ShownMax ? text[..ShownMax] : text;
            }
        }

        return null;
    }
}
