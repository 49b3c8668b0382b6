namespace Ratchet.RagService.Tests.Infrastructure.Qdrant;

/// <summary>Waits for what happens by itself.</summary>
internal static class Waiting
{
    public static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (!await condition())
        {
            await Task.Delay(20, patience.Token);
        }
    }
}
