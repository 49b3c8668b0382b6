using System.Text;

namespace Ratchet.Engine.Models;

/// <summary>Text files that are whole or not there: a temporary name, a flush, a rename.</summary>
internal static class WholeFile
{
    /// <summary>Writes UTF-8 without a mark; a file that is there is replaced.</summary>
    public static void Write(string path, string text)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
