using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Samples in the one shape that workers read: OpenAI's chat lines.</summary>
public static class SampleFile
{
    /// <summary>Writes to a temporary name and renames.</summary>
    /// <returns>How many.</returns>
    public static int Write(string path, IEnumerable<TrainingConversation> conversations)
    {
        string temporary = path + ".tmp";
        int count = 0;
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            foreach (TrainingConversation conversation in conversations)
            {
                JsonSerializer.Serialize(stream, conversation, WireJson.Options);
                stream.WriteByte((byte)'\n');
                count++;
            }

            stream.Flush(flushToDisk: true);
        }

        AtomicFile.Publish(temporary, path);
        return count;
    }

    public static IEnumerable<TrainingConversation> Read(string path)
    {
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.Length > 0)
            {
                yield return JsonSerializer.Deserialize<TrainingConversation>(line, WireJson.Options)
                    ?? throw new InvalidDataException($"{path}, line {number}: null where a conversation was needed.");
            }
        }
    }
}
