namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Reads SentencePiece's <c>.model</c> files.</summary>
/// <remarks>
/// docs/formats/tokenizers.md draws them. Field numbers: sentencepiece_model.proto of https://github.com/google/sentencepiece.
/// </remarks>
internal static class SentencePieceModel
{
    private const long BytesMax = 64 << 20;
    private const int UnigramType = 1;
    private const int BytePairType = 2;

    /// <summary>What the trainer's part says.</summary>
    private sealed record Trainer
    {
        internal int Type { get; set; } = UnigramType;

        internal bool MarksSuffixes { get; set; }

        internal int Unknown { get; set; }

        internal int Begin { get; set; } = 1;

        internal int End { get; set; } = 2;

        internal int Padding { get; set; } = -1;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="VocabularyException">It is damaged, or of a kind that is not known here.</exception>
    internal static VocabularyData Read(string path)
    {
        var file = new FileInfo(path);
        if (file.Length > BytesMax)
        {
            throw new VocabularyException($"{path} has {file.Length:N0} bytes; a SentencePiece model has at most {BytesMax:N0}. Fetch the file again.");
        }

        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (VocabularyException fault)
        {
            throw new VocabularyException($"{path}: {fault.Message}");
        }
    }

    /// <summary>Reads a message.</summary>
    internal static VocabularyData Parse(ReadOnlySpan<byte> message)
    {
        var tokens = new List<string>();
        var scores = new List<float>();
        var types = new List<int>();
        var trainer = new Trainer();
        var normalizer = new VocabularyData { Model = "", Tokens = [], RemoveExtraSpaces = true };
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    (string piece, float score, int type) = Piece(reader.Bytes);
                    tokens.Add(piece);
                    scores.Add(score);
                    types.Add(type);
                    break;
                case 2:
                    trainer = ReadTrainer(reader.Bytes);
                    break;
                case 3:
                    normalizer = ReadNormalizer(reader.Bytes, normalizer);
                    break;
                case 5 when ReadNormalizer(reader.Bytes, normalizer) is { CharactersMap.IsEmpty: false }:
                    throw new VocabularyException("The model has a denormaliser, which is not known here. Choose a model without it.");
                default:
                    break;
            }

            if (tokens.Count > Vocabulary.TokensMax)
            {
                throw new VocabularyException($"The model has more than {Vocabulary.TokensMax:N0} pieces.");
            }
        }

        return trainer.MarksSuffixes
            ? throw new VocabularyException("treat_whitespace_as_suffix is on, which is not known here. Choose a model without it.")
            : normalizer with
            {
                Model = trainer.Type switch
                {
                    UnigramType => "t5",
                    BytePairType => "llama",
                    _ => throw new VocabularyException(
                        $"The model is of type {trainer.Type}; known are {UnigramType} (Unigram) and {BytePairType} (BPE). Choose another model."),
                },
                Tokens = tokens,
                Scores = scores,
                TokenTypes = types,
                UnknownTokenId = Id(trainer.Unknown),
                BeginToken = Id(trainer.Begin),
                EndToken = Id(trainer.End),
                PaddingToken = Id(trainer.Padding),
                AddBegin = trainer.Type == BytePairType,
                AddEnd = trainer.Type == UnigramType,
            };

        int? Id(int id) => id >= 0 && id < tokens.Count ? id : null;
    }

    private static (string Piece, float Score, int Type) Piece(ReadOnlySpan<byte> message)
    {
        (string piece, float score, int type) = ("", 0f, VocabularyData.NormalToken);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    piece = reader.Text;
                    break;
                case 2:
                    score = reader.Single;
                    break;
                case 3:
                    type = (int)Math.Min(reader.Number, int.MaxValue);
                    break;
                default:
                    break;
            }
        }

        return float.IsFinite(score)
            ? (piece, score, type)
            : throw new VocabularyException($"The piece '{piece}' has the score {score}; a number was needed. Fetch the file again.");
    }

    private static Trainer ReadTrainer(ReadOnlySpan<byte> message)
    {
        var trainer = new Trainer();
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            // Negative numbers are written as 64 bits.
            int number = (int)Math.Clamp((long)reader.Number, int.MinValue, int.MaxValue);
            switch (reader.Field)
            {
                case 3:
                    trainer.Type = number;
                    break;
                case 24:
                    trainer.MarksSuffixes = number != 0;
                    break;
                case 40:
                    trainer.Unknown = number;
                    break;
                case 41:
                    trainer.Begin = number;
                    break;
                case 42:
                    trainer.End = number;
                    break;
                case 43:
                    trainer.Padding = number;
                    break;
                default:
                    break;
            }
        }

        return trainer;
    }

    private static VocabularyData ReadNormalizer(ReadOnlySpan<byte> message, VocabularyData data)
    {
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            data = reader.Field switch
            {
                2 => data with { CharactersMap = reader.Bytes.ToArray() },
                3 => data with { AddSpacePrefix = reader.Number != 0 },
                4 => data with { RemoveExtraSpaces = reader.Number != 0 },
                5 when reader.Number == 0 => throw new VocabularyException(
                    "escape_whitespaces is off, which is not known here. Choose a model without it."),
                _ => data,
            };
        }

        return data;
    }
}
