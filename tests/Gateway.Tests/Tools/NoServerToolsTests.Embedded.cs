using System.Net;
using System.Text.Json.Nodes;

namespace Ratchet.Gateway.Tests.Tools;

public sealed class NoServerToolsTests
{
    [Fact]
    public async Task Without_a_kernel_the_wish_for_server_tools_is_refused_with_what_to_do()
    {
        using var gateway = new GatewayUnderTest();
        using HttpClient client = gateway.CreateClient();

        using HttpResponseMessage response = await client.PostAsync("/v1/chat/completions", Wire.Body(new
        {
            messages = new[] { new { role = "user", content = "Hello?" } },
            x_ratchet = new { tools = "server" },
        }));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        JsonNode error = (await response.JsonAsync())["error"]!;
        Assert.Equal(("server_tools_not_available", "x_ratchet.tools"), ((string?)error["code"], (string?)error["param"]));
        Assert.Contains("Stack=Aspire", (string?)error["message"], StringComparison.Ordinal);
    }
}
