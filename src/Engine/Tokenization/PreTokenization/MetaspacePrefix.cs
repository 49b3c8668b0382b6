namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>Where a mark for a space is put before text.</summary>
internal enum MetaspacePrefix
{
    /// <summary>Before each part.</summary>
    Always,

    /// <summary>Before the part that begins the text.</summary>
    First,

    /// <summary>Nowhere.</summary>
    Never,
}
