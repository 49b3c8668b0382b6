using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Ratchet.ServiceDefaults.Http;

/// <summary>HTTP clients of other services: found by name, with the service key, patient where that is safe.</summary>
public static class ServiceClients
{
    /// <summary>Registers a typed client; <typeparamref name="TClient"/> takes an HttpClient in its constructor.</summary>
    /// <param name="builder">The service's builder.</param>
    /// <param name="address">For example http://rag.</param>
    /// <param name="timeout">Of a whole call; streams want <see cref="Timeout.InfiniteTimeSpan"/>. 100 seconds by default.</param>
    public static IHttpClientBuilder AddServiceClient<TClient>(
        this IHostApplicationBuilder builder, string address, TimeSpan? timeout = null)
        where TClient : class =>
        Complete(builder.Services.AddHttpClient<TClient>(client => Configure(client, address, timeout)));

    /// <summary>Registers a client by name, for IHttpClientFactory.</summary>
    public static IHttpClientBuilder AddServiceClient(
        this IHostApplicationBuilder builder, string name, string address, TimeSpan? timeout = null) =>
        Complete(builder.Services.AddHttpClient(name, client => Configure(client, address, timeout)));

    /// <summary>Registers the client of whoever serves the model: our InferenceService, or the servers of <see cref="ServingOptions"/>.</summary>
    public static IHttpClientBuilder AddServingClient(this IHostApplicationBuilder builder, TimeSpan timeout)
    {
        builder.Services.AddOptions<ServingOptions>().BindConfiguration(ServingOptions.Section).ValidateOnStart();
        builder.Services.TryAddSingleton<IValidateOptions<ServingOptions>, ServingOptions.Check>();
        builder.Services.TryAddSingleton<ServingReplicas>();
        builder.Services.TryAddTransient<ServingHandler>();
        return builder.AddServiceClient(ServingReplicas.Client, $"http://{ServingReplicas.Client}", timeout)
            .AddHttpMessageHandler<ServingHandler>();
    }

    internal static void AddServiceHandlers(this IServiceCollection services)
    {
        services.AddStackClients();
        services.TryAddTransient<ServiceKeyHandler>();
    }

    private static void Configure(HttpClient client, string address, TimeSpan? timeout)
    {
        client.BaseAddress = new Uri(address);
        if (timeout is { } limit)
        {
            client.Timeout = limit;
        }
    }

    private static IHttpClientBuilder Complete(IHttpClientBuilder builder) => builder
        .WithStackHandlers()
        .AddHttpMessageHandler<ServiceKeyHandler>();
}
