using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Ratchet.Contracts.OpenAI;

/// <summary>Reads the event streams of OpenAI-shaped services.</summary>
public static class ServerSentEvent
{
    /// <summary>The line that ends a stream of OpenAI's.</summary>
    public const string Done = "[DONE]";

    /// <summary>Reads each event's data as JSON until the stream or [DONE] ends it.</summary>
    /// <exception cref="JsonException">An event's data is not the JSON of a <typeparamref name="T"/>.</exception>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        Stream stream, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (SseItem<string> item in SseParser.Create(stream).EnumerateAsync(cancellation))
        {
            if (item.Data == Done)
            {
                yield break;
            }

            yield return JsonSerializer.Deserialize<T>(item.Data, WireJson.Options)
                ?? throw new JsonException("An event of the stream holds null where an object was needed.");
        }
    }
}
