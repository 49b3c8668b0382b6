namespace Ratchet.TestKit.Servers;

/// <summary>A network of servers in memory: each request goes to the one of its host name.</summary>
public sealed class ServersByHost : HttpMessageHandler
{
    private readonly Dictionary<string, HttpMessageInvoker> _servers = [];

    /// <summary>What headers were seen, by host.</summary>
    public List<(string Host, IReadOnlyDictionary<string, string> Headers)> Headers { get; } = [];

    public ServersByHost With(string host, HttpMessageHandler server)
    {
        _servers[host] = new HttpMessageInvoker(server, disposeHandler: false);
        return this;
    }

    public bool Knows(string host) => _servers.ContainsKey(host);

    public Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        string host = request.RequestUri!.Host;
        lock (Headers)
        {
            Headers.Add((host, request.Headers.ToDictionary(header => header.Key, header => string.Join(",", header.Value))));
        }

        return _servers.TryGetValue(host, out HttpMessageInvoker? server)
            ? server.SendAsync(request, cancellation)
            : throw new HttpRequestException($"Name or service not known ({host})");
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        AnswerAsync(request, cancellationToken);
}
