namespace Ratchet.TrainerService.Ports;

/// <summary>Compares texts by the vectors of their tokens.</summary>
public interface IAnswerComparer : IDisposable
{
    /// <summary>F1 of BERTScore.</summary>
    double Compare(string written, string reference);
}
