using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Files;
using Ratchet.TestKit;

namespace Ratchet.Fuzz.Readers;

/// <summary>tokenizer.json, SentencePiece models and vocabulary files.</summary>
internal static class TokenizerReaders
{
    // Entries of a vocabulary become objects in several tables, each some times as large as its line in the file.
    private static readonly MemoryBound Memory = new(8 << 20, 400);

    // Enough lines for every rule of the file.
    private const int VocabularyBytes = 6_000;

    private const string Text = "One 2 three\n四五 café  <s> �";

    public static IEnumerable<FuzzReader> Create(string folder)
    {
        yield return Reader("tokenizer-json", "sp-bpe", "tokenizer.json", SampleForm.Json, folder);
        yield return Reader("sentencepiece-bpe", "sp-bpe", "spiece.model", SampleForm.Binary, folder);
        yield return Reader("sentencepiece-unigram", "sp-unigram", "spiece.model", SampleForm.Binary, folder);
        yield return Reader("vocab-txt", "bert-base-chinese", "vocab.txt", SampleForm.Text, folder, VocabularyBytes);
    }

    private static FuzzReader Reader(string name, string tokenizer, string file, SampleForm form, string folder, int bytesMax = int.MaxValue)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(path);
        byte[] sound = File.ReadAllBytes(Golden.PathOf($"tokenizers/{tokenizer}/{file}"));
        sound = sound[..Math.Min(sound.Length, bytesMax)];
        return new FuzzReader(
            name, [new FuzzSample(file, sound, form)],
            (_, bytes) =>
            {
                File.WriteAllBytes(Path.Combine(path, file), bytes);
                ITokenizer read = TokenizerFolder.Read(path);
                return read.Decode(read.Encode(Text, parseSpecial: true, addSpecial: true)) is not null;
            },
            e => e is VocabularyException, Memory);
    }
}
