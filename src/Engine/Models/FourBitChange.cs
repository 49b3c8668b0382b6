namespace Ratchet.Engine.Models;

/// <summary>What became of the weights that were made four-bit.</summary>
/// <param name="BytesBefore">Their bytes as they were.</param>
/// <param name="BytesAfter">Their bytes now.</param>
/// <param name="RelativeError">‖W - W₄‖ / ‖W‖ over all of them.</param>
public readonly record struct FourBitChange(long BytesBefore, long BytesAfter, double RelativeError);
