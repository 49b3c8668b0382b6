using System.Text;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>Gives the same string for the same bytes where it can: names and short values repeat in every delivery.</summary>
/// <remarks>Each slot holds the last text that fell into it, so memory is bounded and no lock is needed.</remarks>
internal sealed class TextCache
{
    private const int SlotCount = 8192;
    private const int BytesMax = 96;

    private readonly Entry?[] _slots = new Entry?[SlotCount];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return "";
        }

        if (utf8.Length > BytesMax)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        var hash = default(HashCode);
        hash.AddBytes(utf8);
        ref Entry? slot = ref _slots[hash.ToHashCode() & (SlotCount - 1)];
        Entry? known = Volatile.Read(ref slot);
        if (known is not null && utf8.SequenceEqual(known.Bytes))
        {
            return known.Text;
        }

        var entry = new Entry(utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        Volatile.Write(ref slot, entry);
        return entry.Text;
    }

    private sealed record Entry(byte[] Bytes, string Text);
}
