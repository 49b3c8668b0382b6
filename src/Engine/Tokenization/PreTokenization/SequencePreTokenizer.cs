namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>Several pre-tokenizers, each cutting the pieces of the one before.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<IPreTokenizer> stages) : IPreTokenizer
{
    public void Split(Piece piece, List<Piece> pieces)
    {
        List<Piece> current = [piece];
        for (int stage = 0; stage < stages.Count; stage++)
        {
            List<Piece> next = stage == stages.Count - 1 ? pieces : new List<Piece>(current.Count * 2);
            foreach (Piece part in current)
            {
                stages[stage].Split(part, next);
            }

            current = next;
        }

        if (stages.Count == 0)
        {
            pieces.Add(piece);
        }
    }
}
