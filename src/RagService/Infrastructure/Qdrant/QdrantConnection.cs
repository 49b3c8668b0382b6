namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>Where a server is and what it is told, as Aspire's host writes it: <c>Endpoint=http://host:port;Key=secret</c>.</summary>
/// <param name="Endpoint">Of the gRPC port, 6334 as a rule.</param>
/// <param name="Key">Null where the server wants none.</param>
internal sealed record QdrantConnection(Uri Endpoint, string? Key)
{
    /// <summary>Reads a connection string; a plain address is one too.</summary>
    /// <exception cref="FormatException">It names no endpoint, or something else besides.</exception>
    public static QdrantConnection Parse(string text, string name)
    {
        string? endpoint = null;
        string? key = null;
        foreach (string part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            (string field, string value) = equals < 0 || part.StartsWith("http", StringComparison.OrdinalIgnoreCase)
                ? ("endpoint", part)
                : (part[..equals].Trim().ToLowerInvariant(), part[(equals + 1)..].Trim());
            switch (field)
            {
                case "endpoint":
                    endpoint = value;
                    break;
                case "key":
                    key = value;
                    break;
                default:
                    throw Unusable(name, $"it has the field '{field}', which is none of it");
            }
        }

        return Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? new QdrantConnection(address, string.IsNullOrEmpty(key) ? null : key)
            : throw Unusable(name, endpoint is null ? "it names no endpoint" : $"its endpoint '{endpoint}' is no address of http or https");
    }

    private static FormatException Unusable(string name, string why) => new(
        $"The connection string '{name}' cannot be used: {why}. Write ConnectionStrings__{name}=Endpoint=http://host:6334;Key=secret, without Key "
        + "where the server wants none.");
}
