namespace Ratchet.Engine.Models.Families;

/// <summary>BERT and sentence encoders made of it: MiniLM.</summary>
internal static class Bert
{
    public const string Architecture = "bert";
}
