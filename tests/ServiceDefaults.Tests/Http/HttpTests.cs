using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Ratchet.ServiceDefaults.Http;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Tests.Http;

public sealed class HttpTests
{
    private sealed record Order(string What);

    private sealed record Receipt(int Number);

    [Fact]
    public async Task The_same_idempotency_key_creates_one_thing()
    {
        int made = 0;
        await using TestService service = await TestService.StartAsync(
            app => app.MapPost("/orders", (Order _) => new Receipt(Interlocked.Increment(ref made))).WithIdempotencyKey(),
            builder =>
            {
                builder.Services.AddSingleton(services => new SqliteDatabase(
                    services.GetRequiredService<ServiceData>().PathOf("x.db"), [IdempotencyStore.Migration]));
                builder.Services.AddSingleton<IdempotencyStore>();
            });

        HttpResponseMessage[] answers = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => PostAsync(service, "k", "tea")));
        HttpResponseMessage other = await PostAsync(service, "k", "coffee");
        HttpResponseMessage fresh = await PostAsync(service, "k2", "tea");

        foreach (HttpResponseMessage answer in answers)
        {
            Assert.Equal(1, (await answer.Content.ReadFromJsonAsync<Receipt>())!.Number);
        }

        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        Assert.Equal(2, (await fresh.Content.ReadFromJsonAsync<Receipt>())!.Number);
    }

    private static async Task<HttpResponseMessage> PostAsync(TestService service, string key, string what)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/orders") { Content = JsonContent.Create(new Order(what)) };
        request.Headers.Add("Idempotency-Key", key);
        return await service.Client.SendAsync(request);
    }
}
