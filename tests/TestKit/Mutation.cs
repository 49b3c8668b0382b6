namespace Ratchet.TestKit;

/// <summary>Damages bytes as disks, networks and strangers do.</summary>
public static class Mutation
{
    /// <summary>A copy with one to four changes: bytes flipped, overwritten, cut off, repeated or set to extreme numbers.</summary>
    public static byte[] Of(ReadOnlySpan<byte> whole, Random random)
    {
        byte[] bytes = whole.ToArray();
        for (int left = random.Next(1, 5); left > 0 && bytes.Length > 0; left--)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    Array.Resize(ref bytes, at);
                    break;
                case 3:
                    int length = random.Next(bytes.Length - at);
                    bytes = [.. bytes[..(at + length)], .. bytes[at..]];
                    break;
                default:
                    ReadOnlySpan<long> extremes = [0, -1, long.MaxValue, long.MinValue, int.MaxValue, 1L << 32, 1L << 60];
                    BitConverter.GetBytes(extremes[random.Next(extremes.Length)])
                        .AsSpan(0, Math.Min(8, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                    break;
            }
        }

        return bytes;
    }
}
