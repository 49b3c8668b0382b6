using System.Net.Http.Json;
using System.Text.Json;

namespace Ratchet.RagService.Tests;

/// <summary>Checks OpenAI's error body.</summary>
internal static class Errors
{
    public static async Task AssertAsync(HttpResponseMessage answer, int status, string code)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        JsonElement error = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.NotEmpty(error.GetProperty("type").GetString()!);
    }
}
