using System.Text;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Files;
using Ratchet.TestKit;

namespace Ratchet.Fuzz.Readers;

/// <summary>Tokenizers' files: tokenizer.json, SentencePiece models, vocab.json with merges.txt, vocab.txt, their settings.</summary>
internal static class TokenizerReaders
{
    private const int LinesMax = 60;
    private const int PiecesMax = 300;

    // A tokenizer has tables over all UTF-16 units, and each token several objects of its own.
    private static readonly MemoryBound Memory = new(16 << 20, 512);

    private static readonly string[] Texts = ["ab a1 <s> xy\u0301 中 🎉\n\n  don't", "▁▁x <0xE4> ##y"];

    public static IEnumerable<FuzzReader> Create(string folder)
    {
        foreach (FuzzReader reader in (FuzzReader[])
            [
                Reader("tokenizer-json", Path.Combine(folder, "tokenizer-json"), Json()),
                Reader("sentencepiece", Path.Combine(folder, "sentencepiece"), Models()),
                Reader("vocab-json", Path.Combine(folder, "vocab-json"), BytePairs()),
                Reader("vocab-txt", Path.Combine(folder, "vocab-txt"), WordPieces()),
            ])
        {
            yield return reader;
        }
    }

    private static FuzzReader Reader(string name, string folder, FuzzSample[] samples)
    {
        Directory.CreateDirectory(folder);
        return new FuzzReader(name, samples, (sample, bytes) => Read(folder, samples, sample, bytes), e => e is VocabularyException, Memory);
    }

    // Files with a name of their own stand beside the one that is damaged; samples that are called alike are each a tokenizer.
    private static bool Read(string folder, FuzzSample[] samples, FuzzSample damaged, byte[] bytes)
    {
        foreach (FuzzSample sample in samples.Where(sample => sample.Name != damaged.Name))
        {
            File.WriteAllBytes(Path.Combine(folder, sample.Name), sample.Bytes);
        }

        File.WriteAllBytes(Path.Combine(folder, damaged.Name), bytes);
        ITokenizer tokenizer = TokenizerFolder.Read(folder);
        _ = TokenizerFolder.ReadChatTemplate(folder);
        foreach (string text in Texts)
        {
            int[] ids = tokenizer.Encode(text, parseSpecial: true, addSpecial: true);
            _ = tokenizer.Decode(ids);
            _ = tokenizer.EncodeWithOffsets(text);
        }

        return true;
    }

    private static FuzzSample[] Json() =>
    [
        .. ((string[])["llama-tokenizer", "bert-tokenizer"]).Select(name => new FuzzSample(
            "tokenizer.json", Bytes($"gguf/models/{name}/tokenizer.json"), SampleForm.Json)),
        new("tokenizer.json", Bytes("tokenizers/sp-bpe/tokenizer.json"), SampleForm.Json),
        Text("tokenizer.json", """
            {"added_tokens": [{"id": 4, "content": "<s>", "special": true, "lstrip": true}], "truncation": {"max_length": 8, "strategy": "LongestFirst"},
             "padding": {"strategy": {"Fixed": 9}, "pad_id": 0},
             "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}, {"type": "Lowercase"}]},
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Punctuation"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}]},
             "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "e", "type_id": 1}}], "special_tokens": {"e": {"ids": [4]}}},
             "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
             "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": true, "vocab": [["<unk>", 0.0], ["▁", -2.5], ["a", -3.0], ["▁a", -3.5]]}}
            """, SampleForm.Json),
        Text("tokenizer.json", """
            {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "behavior": "Isolated", "pattern": {"Regex": "\\d{1,3}(?=(?:\\d{3})*\\b)"}},
                {"type": "Split", "behavior": "MergedWithNext", "invert": true, "pattern": {"Regex":
                    "[^\\r\\n\\p{L}]?[\\p{Lu}\\p{M}&&[^\\p{Han}]]*+[a-z]+?(?i:'s|'ll)?|(?<=\\s)\\x{1F389}|(?<!a|bc)[[:punct:]]+$|\\s+(?!\\S)"}},
                {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
             "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "Ġ": 3}, "merges": ["a b"]}}
            """, SampleForm.Json),
    ];

    private static FuzzSample[] Models() =>
    [
        .. Golden.FoldersIn("tokenizers").Where(name => Golden.Exists($"tokenizers/{name}/spiece.model")).Select(name =>
            new FuzzSample("spiece.model", FewPieces(Bytes($"tokenizers/{name}/spiece.model")), SampleForm.Binary)),
    ];

    // The first pieces, among them the special ones and the bytes, and the settings that follow all pieces. A piece is field 1 of the model.
    private static byte[] FewPieces(byte[] model)
    {
        const byte Piece = 0x0A;
        using var few = new MemoryStream();
        int pieces = 0;
        for (int at = 0; at < model.Length;)
        {
            int start = at++;
            int length = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte next = model[at++];
                length |= (next & 0x7F) << shift;
                if (next < 0x80)
                {
                    break;
                }
            }

            at += length;
            if (model[start] != Piece || pieces++ < PiecesMax)
            {
                few.Write(model, start, at - start);
            }
        }

        return few.ToArray();
    }

    private static FuzzSample[] BytePairs() =>
    [
        Text("vocab.json", """{"a": 0, "b": 1, "ab": 2, "Ġ": 3, "Ġa": 4, "1": 5, "<|endoftext|>": 6}""", SampleForm.Json),
        Text("merges.txt", "#version: 0.2\na b\nĠ a\n", SampleForm.Text),
        Text("tokenizer_config.json", """
            {"tokenizer_class": "Qwen2Tokenizer", "added_tokens_decoder": {"7": {"content": "<s>", "special": true, "lstrip": false}}, "eos_token": {"content": "<s>"},
             "chat_template": [{"name": "default", "template": "x"}], "additional_special_tokens": ["<s>"], "add_bos_token": true}
            """, SampleForm.Json),
        Text("added_tokens.json", """{"<t>": 8}""", SampleForm.Json),
    ];

    private static FuzzSample[] WordPieces()
    {
        const string Name = "tokenizers/bert-base-uncased/vocab.txt";
        string[] lines = Golden.Exists(Name) ? Encoding.UTF8.GetString(Bytes(Name)).Split('\n') : [];
        return
        [
            Text("vocab.txt", string.Join('\n', ((string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]).Concat(lines.Skip(1000).Take(LinesMax))), SampleForm.Text),
            Text("tokenizer_config.json", """{"do_lower_case": false, "strip_accents": null, "tokenize_chinese_chars": true, "unk_token": "[UNK]"}""", SampleForm.Json),
        ];
    }

    private static byte[] Bytes(string name)
    {
        using Stream stream = Golden.Open(name);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static FuzzSample Text(string name, string text, SampleForm form) => new(name, Encoding.UTF8.GetBytes(text), form);
}
