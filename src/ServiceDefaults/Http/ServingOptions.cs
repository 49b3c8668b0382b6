using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Http;

/// <summary>Who serves the model and its adapters, from the section "Serving": the same for the trainer and the gateway.</summary>
public sealed class ServingOptions
{
    public const string Section = "Serving";

    /// <summary>
    /// Addresses of vLLM, or of another server with its routes, for example http://gpu-0:8000; requests are shared out among them.
    /// Empty: the InferenceService that the host names.
    /// </summary>
    public List<string> Urls { get; set; } = [];

    /// <summary>Sent to <see cref="Urls"/> as "Authorization: Bearer"; what vLLM was given as --api-key.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Folders of adapters that the servers see under another name than the trainer does.</summary>
    public List<FolderMap> Paths { get; set; } = [];

    internal sealed class Check : IValidateOptions<ServingOptions>
    {
        public ValidateOptionsResult Validate(string? name, ServingOptions options)
        {
            List<string> faults =
            [
                .. options.Urls.Where(url => !IsAddress(url)).Select(url =>
                    $"Serving:Urls has '{url}'; the address of a server without a path is needed, such as http://gpu-0:8000."),
                .. FolderMap.Faults("Serving:Paths", options.Paths),
            ];
            return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
        }

        private static bool IsAddress(string url) => Uri.TryCreate(url, UriKind.Absolute, out Uri? uri)
            && uri.Scheme is ("http" or "https") && uri.AbsolutePath == "/" && uri.Query.Length == 0;
    }
}
