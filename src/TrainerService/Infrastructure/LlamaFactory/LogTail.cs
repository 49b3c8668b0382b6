using Ratchet.TrainerService.Infrastructure.Processes;

namespace Ratchet.TrainerService.Infrastructure.LlamaFactory;

/// <summary>Reads along a log that another program appends to, and may begin anew.</summary>
internal sealed class LogTail(string path)
{
    private const int BytesPerLook = 1 << 20;

    private OutputLines _lines = new();
    private long _position;

    /// <summary>The whole lines that have come since the last look.</summary>
    public IEnumerable<string> ReadNew()
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length < _position)
            {
                // LLaMA-Factory deletes the log of an earlier start.
                _position = 0;
                _lines = new OutputLines();
            }

            stream.Position = _position;
            byte[] bytes = new byte[(int)Math.Min(BytesPerLook, stream.Length - _position)];
            int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            _position += read;
            return _lines.Add(bytes.AsSpan(0, read));
        }
        catch (IOException)
        {
            // Just being replaced; the next look finds it.
            return [];
        }
    }
}
