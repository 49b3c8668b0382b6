namespace Ratchet.SemanticKernel.Plugins;

/// <summary>Turns a refusal into words for the model that called: it can tell the user, or try another way.</summary>
internal static class ModelAnswer
{
    public static async Task<string> OrRefusalAsync(Func<Task<string>> answer)
    {
        try
        {
            return await answer().ConfigureAwait(false);
        }
        catch (GatewayException refusal)
        {
            return $"Not done: {refusal.Message}";
        }
    }
}
