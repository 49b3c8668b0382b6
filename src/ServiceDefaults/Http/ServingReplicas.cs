using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Ratchet.ServiceDefaults.Http;

/// <summary>The servers of the model: several may serve the same base, each with adapters of its own.</summary>
public sealed class ServingReplicas(IConfiguration configuration, IOptions<ServingOptions> options)
{
    /// <summary>The HTTP client of the servers; http://inference is any of them, an absolute address the one that is meant.</summary>
    public const string Client = "inference";

    private int _turn;

    /// <summary>Whether the servers are not our InferenceService.</summary>
    public bool IsExternal => options.Value.Urls.Count > 0;

    /// <summary>What the servers want to be told as their key; null for none.</summary>
    public string? ApiKey => options.Value.ApiKey;

    /// <summary>The address of each server, as it is known now.</summary>
    public IReadOnlyList<Uri> All
    {
        get
        {
            if (IsExternal)
            {
                return [.. options.Value.Urls.Select(url => new Uri(url))];
            }

            IConfigurationSection service = configuration.GetSection($"services:{Client}");
            Uri[] named =
            [
                .. service.GetSection("http").GetChildren().Concat(service.GetSection("default").GetChildren())
                    .Select(child => child.Value).OfType<string>().Select(url => new Uri(url)),
            ];
            return named.Length > 0 ? named : [new Uri($"http://{Client}")];
        }
    }

    /// <summary>Any of the servers, another one at each call.</summary>
    public Uri Next()
    {
        IReadOnlyList<Uri> all = All;
        return all[(int)((uint)Interlocked.Increment(ref _turn) % (uint)all.Count)];
    }
}
