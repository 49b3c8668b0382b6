using System.Net;
using System.Text.Json.Nodes;

namespace Ratchet.Gateway.Tests.Chat;

public sealed class AliasTests
{
    private const string Route = "/v1/chat/completions";
    private const string First = "ft:tiny-base:ratchet:shop:ftjob-1";
    private const string Second = "ft:tiny-base:ratchet:shop:ftjob-2";

    [Fact]
    public async Task The_table_comes_from_the_trainer_and_moves_with_its_events()
    {
        using var gateway = new GatewayUnderTest();
        gateway.Upstream.On("trainer", "GET /v1/aliases", _ => FakeUpstream.Json(
            new { @object = "list", data = new[] { Alias(First, 1) } }));
        HttpClient client = gateway.CreateClient();
        await GatewayUnderTest.UntilAsync(() => gateway.Aliases.Find("latest")?.Adapter == First);

        await gateway.Upstream.PublishAsync("trainer", "adapter.promoted", Moved(Second, 2));
        await GatewayUnderTest.UntilAsync(() => gateway.Aliases.Find("latest")?.Adapter == Second);

        await gateway.Upstream.PublishAsync("trainer", "adapter.promoted", Moved(First, 1));
        await gateway.Upstream.PublishAsync("trainer", "adapter.promoted", Moved(Second, 3));
        await GatewayUnderTest.UntilAsync(() => gateway.Aliases.Find("latest")?.Version == 3);
        Assert.Equal(Second, gateway.Aliases.Find("latest")!.Adapter);
        JsonObject answer = await (await client.PostAsync(Route, Wire.Body(Wire.Question("Q?")))).JsonAsync();
        Assert.Equal(Second, (string?)answer["model"]);
    }

    [Fact]
    public async Task An_event_of_another_shape_makes_the_gateway_ask_again()
    {
        using var gateway = new GatewayUnderTest();
        gateway.CreateClient();
        gateway.Upstream.On("trainer", "GET /v1/aliases", _ => FakeUpstream.Json(
            new { @object = "list", data = new[] { Alias(Second, 9) } }));

        await gateway.Upstream.PublishAsync("trainer", "adapter.rolled_back", new { alias = "latest" });

        await GatewayUnderTest.UntilAsync(() => gateway.Aliases.Find("latest")?.Version == 9);
    }

    [Fact]
    public async Task The_last_table_serves_while_the_trainer_is_away()
    {
        using var before = new GatewayUnderTest();
        before.CreateClient();
        before.Aliases.Apply(new Contracts.Trainer.AliasRecord { Name = "latest", Adapter = First, Version = 4, UpdatedAt = 1 });
        await before.DisposeAsync();

        using var after = new GatewayUnderTest { DataFolder = before.Folder };
        after.Upstream.Away["trainer"] = true;
        JsonObject answer = await (await after.CreateClient().PostAsync(Route, Wire.Body(Wire.Question("Q?", "latest")))).JsonAsync();

        Assert.Equal(First, (string?)answer["model"]);
    }

    [Fact]
    public async Task Whoever_moves_an_alias_through_the_gateway_finds_it_moved_there()
    {
        using var gateway = new GatewayUnderTest();
        HttpClient client = gateway.CreateClient();
        gateway.Upstream.On("trainer", "PUT /v1/aliases/latest", _ => FakeUpstream.Json(Alias(First, 1)));
        gateway.Upstream.On("trainer", "POST /v1/aliases/latest/rollback", _ => FakeUpstream.Json(Alias("tiny-base", 2)));

        await client.PutAsync("/v1/aliases/latest", Wire.Body(new { adapter = First, expected_version = 0 }));
        JsonObject moved = await (await client.PostAsync(Route, Wire.Body(Wire.Question("Q?")))).JsonAsync();
        await client.PostAsync("/v1/aliases/latest/rollback", Wire.Body(new { expected_version = 1 }));
        JsonObject back = await (await client.PostAsync(Route, Wire.Body(Wire.Question("Q?")))).JsonAsync();

        Assert.Equal((First, "tiny-base"), ((string?)moved["model"], (string?)back["model"]));
    }

    [Fact]
    public async Task An_alias_that_moved_on_unnoticed_is_resolved_again()
    {
        using var gateway = new GatewayUnderTest();
        HttpClient client = gateway.CreateClient();
        gateway.Aliases.Apply(new Contracts.Trainer.AliasRecord { Name = "latest", Adapter = First, Version = 1, UpdatedAt = 1 });
        gateway.Upstream.On("trainer", "GET /v1/aliases", _ => FakeUpstream.Json(new { @object = "list", data = new[] { Alias(Second, 2) } }));
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => (string?)request.Json["model"] == First
            ? FakeUpstream.Error(HttpStatusCode.NotFound, "model_not_found", "Unloaded.")
            : FakeUpstream.Completion(request, "Here."));

        JsonObject answer = await (await client.PostAsync(Route, Wire.Body(Wire.Question("Q?")))).JsonAsync();

        Assert.Equal(Second, (string?)answer["model"]);
    }

    [Fact]
    public async Task An_adapter_that_nobody_has_loaded_is_said_to_be_on_its_way()
    {
        using var gateway = new GatewayUnderTest();
        HttpClient client = gateway.CreateClient();
        gateway.Aliases.Apply(new Contracts.Trainer.AliasRecord { Name = "latest", Adapter = First, Version = 1, UpdatedAt = 1 });
        gateway.Upstream.On("inference", "POST /v1/chat/completions", _ =>
            FakeUpstream.Error(HttpStatusCode.NotFound, "model_not_found", "Not loaded."));

        HttpResponseMessage response = await client.PostAsync(Route, Wire.Body(Wire.Question("Q?")));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("adapter_not_loaded", (string?)(await response.JsonAsync())["error"]!["code"]);
    }

    private static object Moved(string adapter, long version) =>
        new { alias = "latest", adapter, version, from = (string?)null, action = "promote", overruled = false };

    private static object Alias(string adapter, long version) =>
        new { name = "latest", @object = "alias", adapter, version, updated_at = 3 };
}
